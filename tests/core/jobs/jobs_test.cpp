// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs as the window and the command line call them, on a small real model.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/model/parameters.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/copy_run.h"
#include "core/store/run_file.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

class Jobs : public testing::Test {
 protected:
  void SetUp() override {
    const test::ToyClassifier toy(folder);
    data = toy.data;
    model = toy.model;
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
    EXPECT_TRUE(std::is_sorted(part.points.begin(), part.points.end(),
                               [](const auto& a, const auto& b) { return a.kept < b.kept; }));
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
  const EvalResult again =
      evaluateMask(workspace, {{}, true}, {}, [&](const EvalResult&) { ADD_FAILURE() << "measured again"; });
  EXPECT_EQ(again.metric, first.metric);
  EXPECT_EQ(*again.correct, *first.correct);
}

TEST_F(Jobs, randomMasksSpreadAroundWhatSingleMasksScore) {
  int partials = 0;
  const std::vector<CurvePoint> points =
      measureRandomMasks(workspace, {5, 2}, {}, [&](const std::vector<CurvePoint>&) { ++partials; });
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
    EXPECT_GE(part.metric.examples, last) << "then the unpruned model's";
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
  EXPECT_THROW((void)evaluateMask(workspace, {maskOf(5), false}, context,
                                  [&](const EvalResult&) {
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

TEST_F(Jobs, divergedRunKeepsTheLastCheckpointWhoseWeightsWork) {
  for (const double decay : {1e30, 1e6}) {  // at once, and after some steps
    TrainRequest request = training("diverged" + std::to_string(decay) + ".h5", 30);
    request.settings.lr = 1;
    request.settings.warmup = 0;
    request.settings.weightDecay = decay;
    request.settings.checkpointEvery = 1;
    const std::string message = test::messageOf<Error>([&] { (void)trainGates(workspace, request, {}, {}); });
    const RunSnapshot run = readRun(request.runPath);
    EXPECT_EQ(run.status, "failed: " + message);
    const std::int64_t done = run.points.back().step;
    EXPECT_EQ(message.find("training: step " + std::to_string(done + 1) + ": "), 0u) << message;
    EXPECT_EQ(run.events.back().step, done);
    const auto kept = CheckpointFolder(request.runPath).newestValid();
    EXPECT_EQ(kept.has_value(), done > 1) << message;
    const std::int64_t keptStep = kept ? kept->step : 0;
    EXPECT_EQ(keptStep, done - 1) << "the newest one gives the same numbers again";
    EXPECT_TRUE(message.ends_with(kept ? "the checkpoint of step " + std::to_string(done - 1) + " is kept"
                                       : "nothing was saved"))
        << message;
  }
}

TEST_F(Jobs, settingsThatCannotBeAreRefused) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [&](const std::function<void(TrainSettings&)>& change) {
    TrainRequest request = training("never.h5", 4);
    change(request.settings);
    const std::string message = test::messageOf<Error>([&] { (void)trainGates(workspace, request, {}, {}); });
    EXPECT_NE(message.find(", expected "), std::string::npos) << message;
    return message;
  };
  for (const double bad : {-0.1, 1.1, nan}) (void)refused([bad](TrainSettings& s) { s.warmup = bad; });
  for (const double bad : {0.0, -1.0, nan}) (void)refused([bad](TrainSettings& s) { s.lambdaCap = bad; });
  for (const double bad : {-1e-9, -nan}) (void)refused([bad](TrainSettings& s) { s.weightDecay = bad; });
  (void)refused([](TrainSettings& s) { s.checkpointEvery = -1; });
  EXPECT_EQ(refused([](TrainSettings& s) { s.steps = 0, s.epochs = 1e9; }),
            "epochs: found 1e+09, expected more than 0 and less than 100000");
  EXPECT_FALSE(test::messageOf<Error>([&] { (void)openData(workspace, {data, data, {}, {}, 16, -3}, {}); }).empty());
}

TEST_F(Jobs, aRunIsFoundFromAnyFolderAndSaysWhatIsGone) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  (void)openModel(workspace, {"model"}, {});
  (void)openData(workspace, {"data.tsv", "data.tsv", {}, {}, 16, 0}, {});
  const TrainReport report = trainGates(workspace, training("run.h5", 4), {}, {});
  std::filesystem::current_path(before);
  const RunSnapshot run = readRun(report.runPath);
  for (const std::string& path : {run.modelPath, run.trainPath, run.devPath})
    EXPECT_TRUE(std::filesystem::path(path).is_absolute()) << path;
  EXPECT_EQ(describeModel(report.runPath).parameters, summary.parameters);
  std::filesystem::remove_all(model);
  const std::string message = test::messageOf<Error>([&] { (void)describeModel(report.runPath); });
  EXPECT_EQ(message.find(report.runPath + ": field model_path: "), 0u) << message;
  EXPECT_NE(message.find("put it there again"), std::string::npos) << message;
}

TEST_F(Jobs, checkpointsOfAnotherRunAreNotGoneOnWith) {
  for (const char* name : {"one.h5", "two.h5"}) {
    std::stop_source stop;
    JobContext context;
    context.stop = stop.get_token();
    TrainObserver observer;
    observer.point = [&](const TrainPoint& point) {
      if (point.step == 3) stop.request_stop();
    };
    EXPECT_THROW((void)trainGates(workspace, training(name, 10, name[0] == 'o' ? 4 : 5), context, observer), Cancelled);
  }
  const std::string ours = CheckpointFolder(folder.file("one.h5")).stepPath(2);
  std::filesystem::remove(CheckpointFolder(folder.file("one.h5")).stepPath(3));
  std::filesystem::copy_file(CheckpointFolder(folder.file("two.h5")).newestValid()->path, ours,
                             std::filesystem::copy_options::overwrite_existing);
  TrainRequest resume;
  resume.runPath = folder.file("one.h5");
  resume.resume = true;
  Workspace fresh({"cpu", "float32", 1});
  for (const auto& attempt : std::vector<std::function<void()>>{[&] { (void)trainGates(fresh, resume, {}, {}); },
                                                                [&] { (void)openRun(fresh, resume.runPath, {}); }}) {
    const std::string message = test::messageOf<Error>(attempt);
    EXPECT_NE(message.find("checkpoint of another run"), std::string::npos) << message;
  }
  EXPECT_EQ(readRun(resume.runPath).points.size(), 3u) << "the log is as it was";
}

TEST_F(Jobs, aRunThatCannotBeOpenedLeavesWhatWasOpen) {
  const TrainReport first = trainGates(workspace, training("first.h5", 4), {}, {});
  const TrainReport other = trainGates(workspace, training("other.h5", 4), {}, {});
  std::filesystem::remove_all(CheckpointFolder(other.runPath).path());
  (void)openRun(workspace, first.runPath, {});
  (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  const EvalResult before = evaluateMask(workspace, {maskOf(4), true}, {});
  EXPECT_NE(test::messageOf<Error>([&] { (void)openRun(workspace, other.runPath, {}); }).find("no trained weights"),
            std::string::npos);
  EXPECT_EQ(evaluateMask(workspace, {maskOf(4), true}, {}).loss, before.loss);
  EXPECT_EQ(workspace.state().runPath, first.runPath);
}

TEST_F(Jobs, aCopiedRunOpensWithItsWeights) {
  const TrainReport report = trainGates(workspace, training("run.h5", 4), {}, {});
  const std::string copy = folder.file("copy.h5");
  (void)trainGates(workspace, training("copy.h5", 7), {}, {});  // what is replaced leaves no checkpoint behind
  copyRunFiles(report.runPath, copy);
  EXPECT_EQ(CheckpointFolder(copy).list(), std::vector<CheckpointFile>{});
  Workspace fresh({"cpu", "float32", 1});
  EXPECT_EQ(openRun(fresh, copy, {}).report->metric, report.metric);
  (void)openData(fresh, {"", data, {}, {}, 16, 0}, {});
  EXPECT_EQ(evaluateMask(fresh, {std::nullopt, false}, {}).loss, [&] {
    (void)openRun(workspace, report.runPath, {});
    (void)openData(workspace, {"", data, {}, {}, 16, 0}, {});
    return evaluateMask(workspace, {std::nullopt, false}, {}).loss;
  }());
}

TEST_F(Jobs, aRunByEpochsSaysHowManyStepsItHas) {
  TrainRequest request = training("run.h5", 0);
  request.settings.epochs = 0.25;
  const TrainReport report = trainGates(workspace, request, {}, {});
  EXPECT_GT(report.steps, 0);
  EXPECT_EQ(readRun(report.runPath).settings.steps, report.steps);
}

TEST_F(Jobs, aCancelledMeasurementOfTheOpenedModelGoesOn) {
  size_t batches = 0;
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  Workspace::State& state = workspace.state();
  const size_t all = state.evaluation->batches().size();
  ASSERT_GT(all, 1U);
  EXPECT_THROW((void)state.fullTally(context, [&](const Tally&) { ++batches, stop.request_stop(); }), Cancelled);
  (void)state.fullTally({}, [&](const Tally&) { ++batches; });
  EXPECT_EQ(batches, all);
}

TEST_F(Jobs, aRunThatIsOpenElsewhereIsRefusedBeforeTheSweep) {
  const TrainReport report = trainGates(workspace, training("run.h5", 4), {}, {});
  const RunLock elsewhere(report.runPath);
  JobContext context;
  context.progress = [](const Progress&) { ADD_FAILURE() << "work was done"; };
  SweepRequest request;
  request.runPath = report.runPath;
  EXPECT_NE(test::messageOf<Error>([&] { (void)sweepCurve(workspace, request, context); }).find("open in process"),
            std::string::npos);
}

TEST_F(Jobs, aModelWithoutClassifierCanBeDescribedAndTrainedOnly) {
  std::vector<TensorToWrite> bare;
  const auto weights = openWeights(model);
  for (const auto& [name, info] : weights->tensors())
    if (!name.starts_with("classifier")) bare.push_back(tensorToWrite(name, readTensor(*weights, name)));
  writeSafetensors(model + "/model.safetensors", std::move(bare));

  EXPECT_EQ(describeModel(model).parameters, summary.parameters);
  (void)openModel(workspace, {model}, {});
  (void)openData(workspace, {data, data, {}, {}, 16, 0}, {});
  const std::string message = test::messageOf<Error>([&] { (void)evaluateMask(workspace, {std::nullopt, false}, {}); });
  EXPECT_NE(message.find("no trained classifier"), std::string::npos) << message;
  EXPECT_THROW((void)pruneModel(workspace, {maskOf(4), "compact", folder.file("out"), false}, {}), Error);
  TrainRequest request = training("run.h5", 10);
  request.settings.method = "none";
  const TrainReport report = trainGates(workspace, request, {}, {});
  EXPECT_EQ(evaluateMask(workspace, {std::nullopt, false}, {}).metric, report.metric);
  Workspace fresh({"cpu", "float32", 1});
  (void)openRun(fresh, request.runPath, {});
  (void)openData(fresh, {"", data, {}, {}, 16, 0}, {});
  EXPECT_EQ(evaluateMask(fresh, {std::nullopt, false}, {}).metric, report.metric);
}

TEST_F(Jobs, forwardRefusesTokensThatAreNoWholeNumbers) {
  for (const float last : {7.f, 7.5f}) {
    const std::string inputs = folder.file("inputs.safetensors"), outputs = folder.file("outputs.safetensors");
    writeSafetensors(inputs, {tensorToWrite("input_ids", torch::tensor({2.f, last}).view({1, 2}))});
    const std::string message = test::messageOf<Error>([&] {
      (void)forwardPass(workspace, {inputs, outputs, {}, false, false});
    });
    EXPECT_EQ(message.find("found numbers with fractions") == std::string::npos, last == 7.f) << message;
  }
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

TEST_F(Jobs, trainedAndUnprunedModelAreMeasuredInTheSameType) {
  Workspace half({"cpu", "bfloat16", 1});
  (void)openModel(half, {model}, {});
  (void)openData(half, {data, data, {}, {}, 16, 0}, {});
  TrainRequest request = training("half.h5", 2);
  request.settings.method = "none";
  request.settings.lr = 0;  // the weights stay what they are
  const TrainReport report = trainGates(half, request, {}, {});
  EXPECT_EQ(report.metric, report.fullMetric);
  EXPECT_EQ(report.loss, evaluateMask(half, {std::nullopt, true}, {}).loss);
  EXPECT_NE(report.loss, evaluateMask(workspace, {std::nullopt, true}, {}).loss);
}

}  // namespace
}  // namespace headroom
