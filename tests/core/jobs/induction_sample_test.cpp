// SPDX-License-Identifier: GPL-3.0-or-later
// What is known of the bundled induction-gpt2: which heads look one token back, which find what came next the last
// time, and that nothing else will do.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/jobs/requests.h"
#include "core/sample/recall_text.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

const std::string kSample = std::string(HEADROOM_SOURCE) + "/sample_models/induction-gpt2";

/// Texts that the model has never seen.
struct Texts {
  std::vector<std::vector<int>> words;
  torch::Tensor ids;  ///< [texts, kRecallTokens]
};

Texts unseenTexts(int count) {
  Texts made{recallTexts(count, 4711), {}};
  std::vector<torch::Tensor> rows;
  for (const std::vector<int>& text : made.words)
    rows.push_back(torch::tensor(std::vector<std::int64_t>(text.begin(), text.end()), torch::kInt64));
  made.ids = torch::stack(rows);
  return made;
}

/// Pairs of a query's and a key's place in a text.
using Looks = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// For each head, in flat order, the attention to the keys of `looksOf` a text, summed over the keys of a query, mean
/// over the queries.
template <typename LooksOf>
std::vector<double> attentionTo(const Transformer& model, const Texts& texts, LooksOf looksOf) {
  const torch::NoGradGuard noGrad;
  ForwardOptions options;
  options.keepAttentions = true;
  ModelInput input;
  input.ids = texts.ids;
  std::vector<double> scores;
  for (const torch::Tensor& maps : model.forward(input, options).attentions) {
    torch::Tensor sum = torch::zeros({maps.size(1)});
    double queries = 0;
    for (size_t text = 0; text < texts.words.size(); ++text) {
      std::set<std::int64_t> seen;
      for (const auto& [query, key] : looksOf(texts.words[text])) {
        seen.insert(query);
        sum += maps.index({static_cast<std::int64_t>(text), torch::indexing::Slice(), query, key});
      }
      queries += static_cast<double>(seen.size());
    }
    for (std::int64_t head = 0; head < sum.numel(); ++head) scores.push_back(sum[head].item<double>() / queries);
  }
  return scores;
}

/// From each token of a text's first part, where everything is new, to the one before it.
std::vector<double> lookingOneBack(const Transformer& model, const Texts& texts) {
  return attentionTo(model, texts, [](const std::vector<int>&) {
    Looks looks;
    for (std::int64_t query = 2; query < 13; ++query) looks.emplace_back(query, query - 1);
    return looks;
  });
}

/// From tokens whose successor can be known to those behind their earlier occurrences.
std::vector<double> findingWhatCameNext(const Transformer& model, const Texts& texts) {
  return attentionTo(model, texts, [](const std::vector<int>& text) {
    Looks looks;
    const std::vector<bool> known = followsWhatWasSeen(text);
    for (size_t query = 0; query < known.size(); ++query)
      for (size_t before = 0; known[query] && before + 1 < query; ++before)
        if (text[before] == text[query]) looks.emplace_back(query, before + 1);
    return looks;
  });
}

std::vector<int> headsAbove(const std::vector<double>& scores, double least) {
  std::vector<int> heads;
  for (size_t head = 0; head < scores.size(); ++head)
    if (scores[head] >= least) heads.push_back(static_cast<int>(head));
  return heads;
}

/// Share of the tokens that can be known which the model predicts.
double accuracy(const Transformer& model, const Texts& texts, const HeadMask& mask) {
  const torch::NoGradGuard noGrad;
  ForwardOptions options;
  options.gates = test::gatesOf(mask);
  ModelInput input;
  input.ids = texts.ids;
  const torch::Tensor predicted = model.forward(input, options).logits.argmax(-1).contiguous();
  double right = 0, count = 0;
  for (size_t text = 0; text < texts.words.size(); ++text) {
    const std::vector<bool> known = followsWhatWasSeen(texts.words[text]);
    const auto* row = predicted.data_ptr<std::int64_t>() + text * kRecallTokens;
    for (size_t at = 0; at < known.size(); ++at) {
      count += known[at] ? 1 : 0;
      right += known[at] && row[at] == texts.words[text][at + 1] ? 1 : 0;
    }
  }
  return right / count;
}

HeadMask without(const HeadLayout& layout, const std::vector<int>& heads) {
  HeadMask mask(layout);
  for (const int head : heads) mask.set(head, false);
  return mask;
}

class InductionSample : public testing::Test {
 protected:
  const Transformer model = test::openTransformer(kSample);
  const Texts texts = unseenTexts(32);
  const std::vector<int> backward = headsAbove(lookingOneBack(model, texts), 0.5),
                         induction = headsAbove(findingWhatCameNext(model, texts), 0.5);
};

TEST_F(InductionSample, hasHeadsThatLookBackBelowHeadsThatFindWhatCameNext) {
  ASSERT_FALSE(backward.empty());
  ASSERT_FALSE(induction.empty());
  EXPECT_LT(model.layout().at(backward.back()).block, model.layout().at(induction.front()).block);
}

TEST_F(InductionSample, cannotDoWithoutEitherKind) {
  const HeadLayout& layout = model.layout();
  const double whole = accuracy(model, texts, HeadMask(layout));
  EXPECT_GT(whole, 0.95);
  std::vector<int> others;
  for (int head = 0; head < layout.headCount(); ++head)
    if (std::find(backward.begin(), backward.end(), head) == backward.end() &&
        std::find(induction.begin(), induction.end(), head) == induction.end())
      others.push_back(head);
  for (const std::vector<int>* kind : {&backward, &induction}) {
    ASSERT_GE(others.size(), kind->size());
    EXPECT_LT(accuracy(model, texts, without(layout, *kind)), 0.2 * whole);
    EXPECT_GT(accuracy(model, texts, without(layout, {others.begin(), others.begin() + std::ssize(*kind)})),
              0.9 * whole);
  }
}

TEST_F(InductionSample, keepsBothKindsWhenPassChoosesFew) {
  const test::TemporaryFolder scratch;
  Workspace workspace({"cpu", "float32", 1});
  const JobContext context;
  const ModelSummary summary = openModel(workspace, {kSample}, context);
  (void)openData(workspace, {kSample + "/train.txt", kSample + "/dev.txt", {}, {}, kRecallTokens, 20}, context);
  TrainRequest request;
  request.settings = recommendedSettings(summary, "pass");
  request.settings.keep = 3;
  request.settings.steps = 120;
  request.settings.batch = 16;
  request.runPath = scratch.file("run.h5");
  const TrainReport report = trainGates(workspace, request, context, {});
  EXPECT_EQ(report.mask.keptCount(), 3);
  const auto keeps = [&report](int head) { return report.mask.kept(head); };
  EXPECT_TRUE(std::any_of(backward.begin(), backward.end(), keeps));
  EXPECT_TRUE(std::any_of(induction.begin(), induction.end(), keeps));
}

}  // namespace
}  // namespace headroom
