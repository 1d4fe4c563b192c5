// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs as the window and the command line call them, on a small real model.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"
#include "core/jobs/requests.h"
#include "core/store/run_file.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

class Jobs : public testing::Test {
 protected:
  void SetUp() override {
    std::string vocabulary = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
    for (const char* word : {"good", "bad", "not", "film", "the", "was"}) vocabulary += std::string(word) + "\n";
    std::string table = "sentence\tlabel\n";
    for (int i = 0; i < 40; ++i) table += "the film was good\t1\nthe film was not good\t0\nthe film was bad\t0\nthe film was not bad\t1\n";
    data = folder.write("data.tsv", table);
    InitRequest init;
    init.layers = 3;
    init.heads = 4;
    init.hidden = 32;
    init.intermediate = 64;
    init.vocabularyPath = folder.write("vocab.txt", vocabulary);
    init.outPath = model = folder.file("model");
    (void)initModel(init);
    summary = openModel(workspace, {model}, {});
    (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  }
  TrainRequest training(const std::string& name, std::int64_t steps, int keep = 4) const {
    TrainRequest request;
    request.settings = recommendedSettings(summary, "passconc");
    request.settings.keep = keep;
    request.settings.steps = steps;
    request.settings.batch = 16;
    request.runPath = folder.file(name);
    return request;
  }
  HeadMask maskOf(int keep) const { return keepRandom(summary.layout, keep, 3); }

  test::TemporaryFolder folder;
  std::string model, data;
  Workspace workspace{{"cpu", "float32", 1}};
  ModelSummary summary;
};

TEST_F(Jobs, sweepEqualsOneEvaluationForEveryNumberOfHeads) {
  SweepRequest request;
  for (int head = 0; head < summary.layout.headCount(); ++head) request.scores.push_back((head * 7) % 12);
  int partials = 0;
  const Curve curve = sweepCurve(workspace, request, {}, [&](const Curve& part) {
    ++partials;
    EXPECT_TRUE(std::is_sorted(part.points.begin(), part.points.end(), [](const auto& a, const auto& b) { return a.kept < b.kept; }));
  });
  ASSERT_EQ(curve.points.size(), 13u);
  EXPECT_TRUE(curve.complete);
  EXPECT_GT(partials, 1) << "coarse to fine";
  for (const CurvePoint& point : curve.points) {
    const EvalResult alone = evaluateMask(workspace, {curve.maskFor(point.kept), true}, {});
    EXPECT_EQ(alone.metric, point.metric) << point.kept;
    EXPECT_NEAR(alone.loss, point.loss, 1e-5);
    EXPECT_EQ(alone.mask.hash(), point.maskHash);
  }
  EXPECT_DOUBLE_EQ(curve.at(12)->toFull.value, 0);
}

TEST_F(Jobs, theOpenedModelIsMeasuredOnceAndShownMeanwhile) {
  int partials = 0;
  const EvalResult first = evaluateMask(workspace, {{}, true}, {}, [&](const EvalResult& part) {
    ++partials;
    EXPECT_FALSE(part.complete);
    EXPECT_DOUBLE_EQ(part.toFull->value, 0);
  });
  EXPECT_GT(partials, 0);
  EXPECT_TRUE(first.complete);
  const EvalResult again = evaluateMask(workspace, {{}, true}, {}, [&](const EvalResult&) { ADD_FAILURE() << "measured again"; });
  EXPECT_EQ(again.metric, first.metric);
  EXPECT_EQ(*again.correct, *first.correct);
}

TEST_F(Jobs, randomMasksSpreadAroundWhatSingleMasksScore) {
  int partials = 0;
  const std::vector<CurvePoint> points = measureRandomMasks(workspace, {5, 2}, {}, [&](const std::vector<CurvePoint>&) { ++partials; });
  EXPECT_EQ(partials, 3) << "from the third order on";
  ASSERT_GT(points.size(), 3u);
  EXPECT_EQ(points.front().kept, 0);
  EXPECT_EQ(points.back().kept, summary.layout.headCount());
  EXPECT_DOUBLE_EQ(points.back().metric.value, evaluateMask(workspace, {{}, true}, {}).metric.value);
  EXPECT_DOUBLE_EQ(points.back().metric.low, points.back().metric.high) << "all heads are no random choice";
  for (const CurvePoint& point : points) {
    EXPECT_LE(point.metric.low, point.metric.value);
    EXPECT_GE(point.metric.high, point.metric.value);
  }
  const std::vector<CurvePoint> again = measureRandomMasks(workspace, {5, 2}, {}, {});
  for (size_t i = 0; i < points.size(); ++i) EXPECT_EQ(again[i].metric, points[i].metric);
}

TEST_F(Jobs, evaluationTellsItsProgressAndItsMask) {
  std::int64_t last = 0;
  const EvalResult result = evaluateMask(workspace, {maskOf(5), true}, {}, [&](const EvalResult& part) {
    EXPECT_GT(part.metric.examples, last);
    EXPECT_FALSE(part.complete);
    last = part.metric.examples;
  });
  EXPECT_GT(last, 0);
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.metric.examples, 160);
  EXPECT_EQ(result.mask, maskOf(5));
  EXPECT_EQ(result.correct->size(), 160u);
}

TEST_F(Jobs, stoppedEvaluationIsCancelledWithinAMicroBatch) {
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  int batches = 0;
  EXPECT_THROW((void)evaluateMask(workspace, {maskOf(5), false}, context, [&](const EvalResult&) {
                 ++batches;
                 stop.request_stop();
               }),
               Cancelled);
  EXPECT_EQ(batches, 1);
}

TEST_F(Jobs, trainingAnswersTheSliderBetweenItsSteps) {
  JobContext context;
  int answers = 0;
  context.betweenBatches = [&] {
    if (answers++ % 10 == 0) (void)evaluateMask(workspace, {maskOf(6), false}, {});
  };
  const TrainReport watched = trainGates(workspace, training("watched.h5", 40), context, {});
  EXPECT_GE(answers, 40);
  (void)openModel(workspace, {model}, {});
  (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  const TrainReport alone = trainGates(workspace, training("alone.h5", 40), {}, {});
  EXPECT_EQ(watched.weightsSha256, alone.weightsSha256) << "watching changes nothing";
}

TEST_F(Jobs, runFileHoldsWhatHappened) {
  const TrainReport report = trainGates(workspace, training("run.h5", 60), {}, {});
  const RunSnapshot run = readRun(report.runPath);
  EXPECT_EQ(run.status, "finished");
  EXPECT_EQ(run.points.size(), 60u);
  EXPECT_EQ(run.points.back().logAlpha.size(), 12u);
  EXPECT_EQ(run.modelPath, model);
  ASSERT_TRUE(run.report);
  EXPECT_EQ(run.report->weightsSha256, report.weightsSha256);
  EXPECT_EQ(run.report->mask, report.mask);
  EXPECT_EQ(report.mask.keptCount(), 4);
  EXPECT_EQ(report.projected, !report.exact);
  ASSERT_TRUE(readRunBaseline(report.runPath));
  EXPECT_EQ(readRunBaseline(report.runPath)->metric, report.fullMetric);
  int clips = 0;
  for (const TrainEvent& event : run.events) clips += event.kind == TrainEventKind::Clip ? 1 : 0;
  EXPECT_EQ(clips, 3);
}

TEST_F(Jobs, stoppedRunResumesToTheSameBytesInAFreshWorkspace) {
  const TrainReport whole = trainGates(workspace, training("whole.h5", 50), {}, {});
  (void)openModel(workspace, {model}, {});
  (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  TrainObserver observer;
  observer.point = [&](const TrainPoint& point) {
    if (point.step == 23) stop.request_stop();
  };
  EXPECT_THROW((void)trainGates(workspace, training("part.h5", 50), context, observer), Cancelled);
  EXPECT_EQ(readRun(folder.file("part.h5")).status, "stopped");
  EXPECT_TRUE(readRun(folder.file("part.h5")).resumable);

  Workspace fresh({"cpu", "float32", 1});
  TrainRequest resume;
  resume.runPath = folder.file("part.h5");
  resume.resume = true;
  const TrainReport resumed = trainGates(fresh, resume, {}, {});
  EXPECT_EQ(resumed.resumedFrom, 23);
  EXPECT_EQ(resumed.weightsSha256, whole.weightsSha256);
  EXPECT_EQ(readRun(resume.runPath).points.size(), 50u);
}

TEST_F(Jobs, pauseWritesACheckpointAndGoesOnUnchanged) {
  const TrainReport whole = trainGates(workspace, training("whole.h5", 30), {}, {});
  (void)openModel(workspace, {model}, {});
  (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  std::int64_t seen = 0;
  int asked = 0;
  TrainObserver observer;
  observer.point = [&](const TrainPoint& point) { seen = point.step; };
  observer.paused = [&] { return seen == 10 && ++asked < 5; };
  const TrainReport paused = trainGates(workspace, training("paused.h5", 30), {}, observer);
  EXPECT_EQ(asked, 5);
  EXPECT_EQ(paused.weightsSha256, whole.weightsSha256);
}

TEST_F(Jobs, trainedRunIsPrunedInBothFormsAndReopened) {
  const TrainReport report = trainGates(workspace, training("run.h5", 60), {}, {});
  for (const std::string form : {"zeroed", "compact"}) {
    const PruneReport pruned = pruneModel(workspace, {report.mask, form, folder.file(form), false}, {});
    EXPECT_LE(pruned.maxAbsDiff, 1e-5);
    EXPECT_EQ(pruned.samePredictions, pruned.examples);
    EXPECT_EQ(pruned.examples, 64);
    Workspace other({"cpu", "float32", 1});
    (void)openModel(other, {folder.file(form)}, {});
    (void)openData(other, {"", data, {}, {}, 16, 0}, {});
    EXPECT_EQ(evaluateMask(other, {std::nullopt, false}, {}).metric, report.metric) << form;
  }
  EXPECT_LT(describeModel(folder.file("compact")).parameters, describeModel(folder.file("zeroed")).parameters);
}

TEST_F(Jobs, failedOpeningLeavesWhatWasOpen) {
  EXPECT_THROW((void)openModel(workspace, {folder.file("nowhere")}, {}), Error);
  EXPECT_THROW((void)openData(workspace, {folder.file("nowhere.tsv"), "", {}, {}, 16, 0}, {}), Error);
  EXPECT_EQ(evaluateMask(workspace, {std::nullopt, false}, {}).metric.examples, 160);
}

TEST_F(Jobs, devicesAndTypesThatAreNotThereAreRefused) {
  EXPECT_THROW(Workspace({"tpu", "float32", 1}), Error);
  EXPECT_THROW(Workspace({"cuda:99", "float32", 1}), Error);
  EXPECT_THROW(Workspace({"cpu", "float8", 1}), Error);
}

TEST_F(Jobs, bfloat16EvaluationIsCloseToFloat32) {
  const EvalResult exact = evaluateMask(workspace, {maskOf(8), false}, {});
  Workspace half({"cpu", "bfloat16", 1});
  (void)openModel(half, {model}, {});
  (void)openData(half, {"", data, {}, {}, 16, 0}, {});
  EXPECT_NEAR(evaluateMask(half, {maskOf(8), false}, {}).loss, exact.loss, 0.05);
}

}  // namespace
}  // namespace headroom
