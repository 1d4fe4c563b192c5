// SPDX-License-Identifier: GPL-3.0-or-later
// Masked words, answers and numbers: the tasks beside classes, text and translations, from a fresh model to a curve.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/masked_text.h"
#include "core/jobs/compare_mask.h"
#include "core/jobs/predict_example.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/text/tokenizer.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

constexpr const char* kWords =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\ngreen\nblue\nis\nthe\ncat\ndog\nbird\nwhat\n?\n.\n";

class OtherTasks : public testing::Test {
 protected:
  test::TemporaryFolder scratch;
  Workspace workspace{{"cpu", "float32", 1}};

  ModelSummary open(const std::string& task, const std::vector<std::string>& labels = {"no", "yes"}) {
    InitRequest fresh;
    fresh.vocabularyPath = scratch.write("vocab.txt", kWords);
    fresh.model.task = task;
    fresh.model.layers = 2;
    fresh.model.heads = 2;
    fresh.model.hidden = 32;
    fresh.model.intermediate = 64;
    fresh.model.maxPositions = 40;
    fresh.model.labels = labels;
    fresh.model.dropout = 0;
    fresh.outPath = scratch.file("model");
    (void)initModel(fresh);
    return openModel(workspace, {scratch.file("model")}, {});
  }

  /// Trains weights and gates for a while, then measures at every number of heads.
  TrainReport train(const std::string& data, std::int64_t steps, int keep = 4) {
    (void)openData(workspace, {data, data, {}, {}, 40, 0}, {});
    TrainRequest request;
    request.settings.method = keep < 4 ? "pass" : "none";
    request.settings.keep = keep;
    request.settings.steps = steps;
    request.settings.batch = 16;
    request.settings.lr = 3e-3;
    request.runPath = scratch.file("run-" + std::to_string(keep) + ".h5");
    return trainGates(workspace, request, {}, {});
  }
};

/// Each animal has its colour.
std::string sentences(int count) {
  const char* texts[] = {"the cat is red .\n", "the dog is green .\n", "the bird is blue .\n"};
  std::string text;
  for (int i = 0; i < count; ++i) text += texts[i % 3];
  return text;
}

TEST_F(OtherTasks, maskedWordsAreFoundOut) {
  EXPECT_EQ(open("masked-lm").task, "masked-lm");
  const std::string data = scratch.write("text.txt", sentences(300));
  const TrainReport report = train(data, 150);
  EXPECT_EQ(report.metric.name, "masked-token accuracy");
  EXPECT_GT(report.metric.value, report.fullMetric.value + 0.3);
  EvaluateMaskRequest request;
  const EvalResult result = evaluateMask(workspace, request, {});
  ASSERT_EQ(result.others.size(), 1u);
  EXPECT_EQ(result.others.front().name, "pseudo-perplexity");
  EXPECT_GT(result.toFull->value, 0.3);

  const ExamplePrediction example = predictExample(workspace, {0, HeadMask(workspace.state().opened->layout()), 3}, {});
  EXPECT_EQ(example.full.choices.size(), 3U);
  EXPECT_EQ(example.full.choices.front().name, example.expected) << "of the first hidden word";
  EXPECT_NE(example.text.find("[?]"), std::string::npos) << example.text;
}

TEST_F(OtherTasks, hideTheSameTokensEachTime) {
  (void)open("masked-lm");
  const auto tokenizer = openTokenizer(scratch.file("model"), 0);
  const std::string data = scratch.write("text.txt", sentences(2000));
  const Dataset once = openMaskedText({data, 40, 0, 7}, *tokenizer),
                again = openMaskedText({data, 40, 0, 7}, *tokenizer),
                other = openMaskedText({data, 40, 0, 8}, *tokenizer);
  double tokens = 0, hidden = 0, masked = 0, kept = 0;
  bool same = true, different = false;
  for (size_t i = 0; i < once.examples.size(); ++i) {
    const Example& window = once.examples[i];
    same &= window.ids == again.examples[i].ids && window.targets == again.examples[i].targets;
    different |= window.ids != other.examples[i].ids;
    EXPECT_EQ(window.targets.front(), kNoTarget);
    EXPECT_EQ(window.targets.back(), kNoTarget);
    for (size_t at = 1; at + 1 < window.ids.size(); ++at) {
      ++tokens;
      if (window.targets[at] == kNoTarget) continue;
      ++hidden;
      masked += window.ids[at] == 4 ? 1 : 0;
      kept += window.ids[at] == window.targets[at] ? 1 : 0;
    }
  }
  EXPECT_TRUE(same);
  EXPECT_TRUE(different);
  EXPECT_NEAR(hidden / tokens, 0.17, 0.02);  // one at least in each window
  EXPECT_NEAR(masked / hidden, 0.8 + 0.1 / 16, 0.03);
  EXPECT_NEAR(kept / hidden, 0.1 + 0.1 / 16, 0.03);
}

TEST_F(OtherTasks, numbersAreMetAndCorrelate) {
  (void)open("classification", {"score"});
  std::string table = "text\tlabel\n";
  for (int i = 0; i < 90; ++i)
    table += std::string(i % 3 == 0   ? "the cat is red"
                         : i % 3 == 1 ? "the dog is green"
                                      : "the bird is blue") +
             "\t" + std::to_string(i % 3 * 2.5) + "\n";
  const TrainReport report = train(scratch.write("scores.tsv", table + "the cat\tmuch\n"), 120);
  EXPECT_EQ(report.metric.name, "pearson");
  EXPECT_GT(report.metric.value, 0.9);
  const EvalResult result = evaluateMask(workspace, {}, {});
  ASSERT_EQ(result.others.size(), 1u);
  EXPECT_EQ(result.others.front().name, "spearman");
  EXPECT_LE(result.toFull->low, result.toFull->value);
  EXPECT_GE(result.toFull->high, result.toFull->value);
}

std::string squad(int count, bool withImpossible) {
  nlohmann::json paragraphs = nlohmann::json::array();
  const std::array<std::pair<const char*, const char*>, 3> facts{{{"cat", "red"}, {"dog", "green"}, {"bird", "blue"}}};
  for (int i = 0; i < count; ++i) {
    const auto& [animal, colour] = facts[static_cast<size_t>(i) % 3];
    const auto& [other, otherColour] = facts[static_cast<size_t>(i + 1) % 3];
    const std::string context =
        std::string("the ") + other + " is " + otherColour + " . the " + animal + " is " + colour + " .";
    nlohmann::json question = {{"id", std::to_string(i)}, {"question", std::string("what is the ") + animal + " ?"}};
    question["answers"] = {{{"text", colour}, {"answer_start", context.rfind(colour)}}};
    if (withImpossible && i % 4 == 0) {
      question["is_impossible"] = true;
      question["answers"] = nlohmann::json::array();
    }
    paragraphs.push_back({{"context", context}, {"qas", {question}}});
  }
  return nlohmann::json{{"version", "1.1"}, {"data", {{{"title", "animals"}, {"paragraphs", paragraphs}}}}}.dump();
}

TEST_F(OtherTasks, questionsAreAnsweredFromTheText) {
  EXPECT_EQ(open("question-answering").task, "question-answering");
  const TrainReport report = train(scratch.write("squad.json", squad(90, false)), 300);
  EXPECT_EQ(report.metric.name, "exact match");
  EXPECT_EQ(report.metric.examples, 90);
  EXPECT_GT(report.metric.value, 0.8);
  const EvalResult result = evaluateMask(workspace, {}, {});
  ASSERT_EQ(result.others.size(), 1u);
  EXPECT_EQ(result.others.front().name, "answer f1");
  EXPECT_GE(result.others.front().value, result.metric.value - 1e-9);
  EXPECT_EQ(result.correct->size(), 90u);
  const MaskComparison comparison = compareMask(workspace, result.mask, {});
  EXPECT_EQ(comparison.gained, result.toFull->gained) << "questions flip, not windows";
  EXPECT_EQ(comparison.lost, result.toFull->lost);
  ASSERT_FALSE(comparison.flipped.empty());
  EXPECT_NE(comparison.flipped.front().text.find("what is the"), std::string::npos);
}

TEST_F(OtherTasks, questionsWithoutAnAnswerAreJudgedToo) {
  (void)open("question-answering");
  const TrainReport report = train(scratch.write("squad2.json", squad(60, true)), 30);
  EXPECT_EQ(report.metric.examples, 60);
  EXPECT_GE(report.metric.value,
            0.15);  // at least those that have none, as the target of all their windows is position 0
}

TEST_F(OtherTasks, gatesAreTrainedAndCurvesMeasured) {
  for (const char* task : {"masked-lm", "question-answering", "classification"}) {
    (void)open(task, {"score"});
    const std::string data =
        std::string(task) == "masked-lm" ? scratch.write("m.txt", sentences(120))
        : std::string(task) == "question-answering"
            ? scratch.write("q.json", squad(30, false))
            : scratch.write("r.tsv", "text\tlabel\nthe cat\t1\nthe dog\t2.5\nthe bird\t4\nred cat\t1.5\n");
    const TrainReport report = train(data, 60, 2);
    EXPECT_EQ(report.mask.keptCount(), 2) << task;
    SweepRequest sweep;
    sweep.runPath = scratch.file("run-2.h5");
    const Curve curve = sweepCurve(workspace, sweep, {});
    EXPECT_EQ(curve.points.size(), 5u) << task;
    std::filesystem::remove_all(scratch.file("model"));
    std::filesystem::remove(scratch.file("run-2.h5"));
    std::filesystem::remove_all(scratch.file("run-2.h5.checkpoints"));
  }
}

}  // namespace
}  // namespace headroom
