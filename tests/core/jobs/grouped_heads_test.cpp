// SPDX-License-Identifier: GPL-3.0-or-later
// Grouped-query attention: pruning by query heads and by whole key/value groups.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/head_units.h"
#include "core/checkpoint/model_config.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/requests.h"
#include "core/jobs/score_heads.h"
#include "core/store/run_file.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

/// A fresh LLaMA of 3 layers x 4 heads on 2 key/value heads, and text that it can learn.
class GroupedHeads : public testing::Test {
 protected:
  void SetUp() override {
    const test::ToyClassifier toy(folder);
    std::string text;
    for (int i = 0; i < 60; ++i) text += "the film was good not bad the film was not good\n";
    data = folder.write("data.txt", text);
    InitRequest init;
    init.model.family = "llama";
    init.model.layers = 3;
    init.model.heads = 4;
    init.model.kvHeads = 2;
    init.model.hidden = 32;
    init.model.intermediate = 64;
    init.vocabularyPath = folder.file("vocab.txt");
    init.outPath = folder.file("llama");
    (void)initModel(init);
    summary = openModel(workspace, {folder.file("llama")}, {});
    (void)openData(workspace, {data, data, {}, {}, 8, 0}, {});
  }
  TrainRequest training(const std::string& name, int keep) const {
    TrainRequest request;
    request.settings = recommendedSettings(summary, "passconc");
    request.settings.unit = "group";
    request.settings.keep = keep;
    request.settings.steps = 150;
    request.settings.batch = 4;
    request.settings.maxLength = 8;
    request.settings.checkpointEvery = 15;
    request.runPath = folder.file(name);
    return request;
  }
  bool isWholeGroups(const HeadMask& mask) const { return mask.keptCount() == 2 * mask.keptKeyValueCount(); }

  test::TemporaryFolder folder;
  std::string data;
  Workspace workspace{{"cpu", "float32", 1}};
  ModelSummary summary;
};

TEST_F(GroupedHeads, trainingByGroupKeepsKGroups) {
  TrainRequest request = training("run.h5", 3);
  request.settings.steps = 300;
  const TrainReport report = trainGates(workspace, request, {}, {});
  EXPECT_EQ(report.mask.keptKeyValueCount(), 3);
  EXPECT_EQ(report.mask.keptCount(), 6);
  EXPECT_TRUE(report.exact) << report.jointProbability;
  const RunSnapshot run = readRun(report.runPath);
  EXPECT_EQ(run.settings.unit, "group");
  EXPECT_EQ(run.report->mask, report.mask);
  for (const TrainPoint& point : run.points) {
    ASSERT_EQ(point.logAlpha.size(), 12u);
    for (size_t head = 0; head < 12; head += 2) EXPECT_EQ(point.logAlpha[head], point.logAlpha[head + 1]);
    EXPECT_LE(point.expectedOpen + point.expectedClosed + point.expectedBetween, 6.001) << "counted in groups";
  }
  PruneRequest prune;
  prune.mask = report.mask;
  prune.outPath = folder.file("small");
  const PruneReport pruned = pruneModel(workspace, prune, {});
  EXPECT_LE(pruned.maxAbsDiff, 1e-4);
  const HeadLayout left = describeModel(prune.outPath).layout;
  EXPECT_EQ(left.headCount(), 6);
  EXPECT_EQ(left.keyValueHeadCount(), 3);
}

TEST_F(GroupedHeads, aRunByGroupResumesToTheSameBytes) {
  const TrainReport whole = trainGates(workspace, training("whole.h5", 2), {}, {});
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  TrainObserver observer;
  observer.point = [&](const TrainPoint& point) {
    if (point.step == 61) stop.request_stop();
  };
  EXPECT_THROW((void)trainGates(workspace, training("stopped.h5", 2), context, observer), Cancelled);
  Workspace fresh({"cpu", "float32", 1});
  TrainRequest resume;
  resume.runPath = folder.file("stopped.h5");
  resume.resume = true;
  EXPECT_EQ(trainGates(fresh, resume, {}, {}).weightsSha256, whole.weightsSha256);
}

TEST_F(GroupedHeads, sweepsStepByWholeGroupsAndMarkTheTrainedOne) {
  const TrainReport report = trainGates(workspace, training("run.h5", 2), {}, {});
  Workspace fresh({"cpu", "float32", 1});
  const RunSnapshot run = openRun(fresh, report.runPath, {});
  (void)openData(fresh, {"", data, {}, {}, 8, 0}, {});
  SweepRequest request;
  request.unit = run.settings.unit;
  request.trainedKeep = run.settings.keep;
  request.runPath = report.runPath;
  const Curve curve = sweepCurve(fresh, request, {});
  ASSERT_TRUE(curve.complete);
  ASSERT_EQ(curve.points.size(), 7u);
  EXPECT_EQ(curve.naiveForwards, 7);
  for (size_t i = 0; i < curve.points.size(); ++i) {
    const CurvePoint& point = curve.points[i];
    EXPECT_EQ(point.kept, static_cast<int>(2 * i));
    EXPECT_TRUE(isWholeGroups(curve.maskFor(point.kept)));
    EXPECT_EQ(point.trained, i == 2);
    EXPECT_EQ(evaluateMask(fresh, {curve.maskFor(point.kept), true}, {}).metric, point.metric) << point.kept;
  }
  EXPECT_EQ(curve.maskFor(4), report.mask);
  const std::optional<Curve> stored = readRun(report.runPath).curve;
  ASSERT_TRUE(stored);
  EXPECT_TRUE(stored->complete);
  EXPECT_EQ(stored->points.size(), 7u);
  const std::vector<CurvePoint> random = measureRandomMasks(fresh, {3, 1, "group"}, {});
  for (const CurvePoint& point : random) EXPECT_EQ(point.kept % 2, 0);
}

TEST_F(GroupedHeads, methodsAreComparedByWholeGroups) {
  CompareRequest request;
  request.methods = {"random", "taylor", "leave-one-out", "a-star", "lottery", "passconc"};
  request.keeps = {2};
  request.seeds = {1};
  request.unit = "group";
  request.steps = 8;
  request.batch = 4;
  request.examples = 16;
  request.recover = true;
  request.outPath = folder.file("campaign");
  const Comparison found = compareMethods(workspace, request, {});
  EXPECT_EQ(found.cells.size(), 10U + 1 + 3 * 2 + 2 + 1) << "ten random masks; recovered; scores; the ticket; gates";
  EXPECT_EQ(found.unitCount(), 6);
  for (const CompareCell& cell : found.cells) {
    EXPECT_EQ(cell.error, "") << cell.name();
    EXPECT_EQ(cell.mask.keptKeyValueCount(), 2) << cell.name();
    EXPECT_TRUE(isWholeGroups(cell.mask)) << cell.name();
  }
  EXPECT_NE(readTextFile(folder.file("campaign/compare.csv")).find("method,regime,groups kept,mean heads kept"),
            std::string::npos);
  const auto refusal = [&] { return test::messageOf<Error>([&] { (void)compareMethods(workspace, request, {}); }); };
  request.keeps = {7};
  EXPECT_NE(refusal().find("found 7 groups to keep, expected 0 to 6"), std::string::npos) << refusal();
  request.keeps = {2};
  request.methods = {"spatten"};
  EXPECT_NE(refusal().find("expected unit head"), std::string::npos) << refusal();
  request.methods = {"random"};
  request.unit = "head";
  EXPECT_NE(refusal().find("another campaign"), std::string::npos) << refusal();
}

TEST_F(GroupedHeads, searchesForOneChoiceCountGroupsToo) {
  ScoreRequest request;
  request.examples = 16;
  request.unit = "group";
  request.keep = 2;
  request.options.population = 6;
  request.options.generations = 2;
  for (const char* method : {"a-star", "evolutionary"}) {
    request.method = method;
    const HeadMask mask = keepTop(summary.layout, scoreHeads(workspace, request, {}).values, 4);
    EXPECT_EQ(mask.keptKeyValueCount(), 2) << method;
  }
  request.keep = 7;
  EXPECT_NE(test::messageOf<Error>([&] { (void)scoreHeads(workspace, request, {}); }).find("how many groups"),
            std::string::npos);
}

TEST_F(GroupedHeads, headsOfAGroupCanBePrunedOneByOne) {
  TrainRequest request = training("heads.h5", 5);
  request.settings.unit = "head";
  const TrainReport report = trainGates(workspace, request, {}, {});
  EXPECT_EQ(report.mask.keptCount(), 5);
  EXPECT_GE(report.mask.keptKeyValueCount(), 3);
}

TEST_F(GroupedHeads, refusesGroupsInPlainModelsAndTooMany) {
  const auto refusal = [this](const TrainRequest& request) {
    return test::messageOf<Error>([&] { (void)trainGates(workspace, request, {}, {}); });
  };
  EXPECT_EQ(refusal(training("many.h5", 7)),
            "groups to keep: found 7, expected 0 to 6 (the key/value heads of this model)");
  const test::TemporaryFolder other;
  const test::ToyClassifier toy(other);
  (void)openModel(workspace, {toy.model}, {});
  (void)openData(workspace, {toy.data, toy.data, {}, {}, 16, 0}, {});
  EXPECT_EQ(refusal(training("plain.h5", 2)),
            "unit: found \"group\", expected head: no query heads of this model share a key/value head");
  EXPECT_FALSE(std::filesystem::exists(other.file("plain.h5")));
}

TEST_F(GroupedHeads, seededTextsAreTheSameEveryTime) {
  const auto texts = [this](WriteTextsRequest request) {
    request.outPath = folder.file("texts");
    request.count = 70;  // more than are written side by side
    request.maxLength = 12;
    (void)writeTexts(workspace, request, {});
    return readTextFile(request.outPath);
  };
  WriteTextsRequest request;
  request.prompt = "the film";
  const std::string first = texts(request);
  EXPECT_EQ(texts(request), first);
  request.seed = 2;
  EXPECT_NE(texts(request), first);
  request.temperature = 0;
  const std::string greedy = texts(request);
  request.topK = 1;
  request.temperature = 1;
  EXPECT_EQ(texts(request), greedy);
  EXPECT_EQ(greedy.find("the film"), 0u) << greedy;
  int ends = 0;
  for (size_t at = 0; (at = greedy.find("\n<|endoftext|>\n", at)) != std::string::npos; ++at) ++ends;
  EXPECT_EQ(ends, 69);
}

}  // namespace
}  // namespace headroom
