// SPDX-License-Identifier: GPL-3.0-or-later
// Sweeps that are stopped or killed and go on, and runs that cannot take their curve.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/curve_progress_file.h"
#include "core/jobs/workspace_state.h"
#include "core/store/copy_run.h"
#include "core/store/run_file.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

namespace fs = std::filesystem;

constexpr int kToyLayers = 3;

/// A trained run of the toy in a folder of its own, and the unpruned model measured: from here on only masks are.
struct SweepResume : testing::Test, test::OpenToyClassifier {
  void SetUp() override {
    fs::create_directory(folder.file("runs"));
    TrainRequest train;
    train.settings = recommendedSettings(describeModel(files.model), "pass");
    train.settings.keep = 4;
    train.settings.steps = 4;
    train.settings.batch = 16;
    train.runPath = request.runPath = folder.file("runs/run.h5");
    (void)trainGates(workspace, train, {}, {});
    (void)evaluateMask(workspace, {std::nullopt, true}, {});
    request.trainedKeep = 4;
    request.saveEvery = 0;
  }
  /// Layers of masks that a sweep runs; it is stopped when it begins the last of `most` where that is not 0.
  int layersOf(const SweepRequest& wanted, int most = 0) {
    std::stop_source stop;
    JobContext context;
    context.stop = stop.get_token();
    int layers = 0;
    context.betweenBatches = [&] {
      if (++layers == most) stop.request_stop();
    };
    if (most > 0) {
      EXPECT_THROW((void)sweepCurve(workspace, wanted, context), Cancelled);
    } else {
      last = sweepCurve(workspace, wanted, context);
    }
    return layers;
  }
  [[nodiscard]] SweepRequest elsewhere(const std::string& name) const {
    SweepRequest other = request;
    other.runPath = folder.file(name);
    copyRunFiles(request.runPath, other.runPath);
    return other;
  }
  static void expectSame(const Curve& found, const Curve& expected) {
    EXPECT_EQ(found.order, expected.order);
    EXPECT_EQ(found.forwards, expected.forwards);
    EXPECT_EQ(found.layerShare, expected.layerShare);
    EXPECT_EQ(found.complete, expected.complete);
    ASSERT_EQ(found.points.size(), expected.points.size());
    for (size_t i = 0; i < expected.points.size(); ++i) {
      EXPECT_EQ(found.points[i].kept, expected.points[i].kept);
      EXPECT_EQ(found.points[i].maskHash, expected.points[i].maskHash);
      EXPECT_EQ(found.points[i].metric, expected.points[i].metric) << i;
      EXPECT_EQ(found.points[i].toFull, expected.points[i].toFull) << i;
      EXPECT_EQ(found.points[i].trained, expected.points[i].trained) << i;
      EXPECT_NEAR(found.points[i].loss, expected.points[i].loss, 1e-6) << i;
    }
  }
  static void expectSameBits(const SweepRequest& found, const SweepRequest& expected, const Curve& curve) {
    for (const CurvePoint& point : curve.points) {
      const auto bits = readSweepBits(found.runPath, point.kept);
      ASSERT_TRUE(bits) << point.kept << " heads";
      EXPECT_EQ(bits, readSweepBits(expected.runPath, point.kept)) << point.kept << " heads";
    }
  }

  SweepRequest request;
  Curve last;  ///< of the last sweep that was not stopped
};

TEST_F(SweepResume, aStoppedSweepGoesOnToTheSameCurve) {
  const SweepRequest whole = elsewhere("whole.h5");
  const int all = layersOf(whole);
  const Curve expected = last;
  ASSERT_TRUE(expected.complete);
  EXPECT_FALSE(fs::exists(sweepProgressPath(whole.runPath))) << "nothing is left to go on with";
  for (const int most : {all / 4, all / 2, 3 * all / 4}) {
    SweepRequest stopped = elsewhere("stopped-" + std::to_string(most) + ".h5");
    stopped.saveEvery = 1000;  // what is kept is kept by the stop
    const int before = layersOf(stopped, most);
    EXPECT_TRUE(fs::exists(sweepProgressPath(stopped.runPath)));
    const int after = layersOf(stopped);
    // The mask that was stopped begins anew and has nobody to share layers with.
    EXPECT_LE(before + after, all + 2 * kToyLayers) << "stopped after " << most;
    expectSame(last, expected);
    const std::optional<Curve> stored = readRun(stopped.runPath).curve;
    ASSERT_TRUE(stored);
    expectSame(*stored, expected);
    expectSameBits(stopped, whole, expected);
    EXPECT_FALSE(fs::exists(sweepProgressPath(stopped.runPath)));
  }
}

TEST_F(SweepResume, theRunHoldsThePointsOfAStoppedSweepAsUnfinished) {
  const SweepRequest whole = elsewhere("whole.h5");
  const int all = layersOf(whole);
  const Curve expected = last;
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  size_t shown = 0;
  EXPECT_THROW((void)sweepCurve(workspace, request, context,
                                [&](const Curve& curve) {
                                  shown = curve.points.size();
                                  stop.request_stop();
                                }),
               Cancelled);
  ASSERT_GT(all, 0);
  ASSERT_LT(shown, expected.points.size());
  const std::optional<Curve> stored = readRun(request.runPath).curve;
  ASSERT_TRUE(stored);
  EXPECT_FALSE(stored->complete);
  ASSERT_EQ(stored->points.size(), shown);
  for (const CurvePoint& point : stored->points) {
    ASSERT_TRUE(expected.at(point.kept));
    EXPECT_EQ(point.metric, expected.at(point.kept)->metric);
  }
  expectSameBits(request, whole, *stored);
}

TEST_F(SweepResume, aKilledSweepGoesOnFromWhatItLastSaved) {
  const int all = layersOf(elsewhere("whole.h5"));
  const Curve expected = last;
  int layers = 0;
  JobContext context;
  context.betweenBatches = [&] {
    if (++layers == all / 2) (void)elsewhere("killed.h5");  // the files as a kill would leave them at this moment
  };
  (void)sweepCurve(workspace, request, context);
  SweepRequest killed = request;
  killed.runPath = folder.file("killed.h5");
  ASSERT_TRUE(fs::exists(sweepProgressPath(killed.runPath)));
  const int after = layersOf(killed);
  EXPECT_LT(after, all) << "how much less is a matter of time: savings take a twentieth of it at most";
  expectSame(last, expected);
}

TEST_F(SweepResume, anotherSweepOrADamagedFileStartsAnew) {
  const SweepRequest whole = elsewhere("whole.h5");
  const int all = layersOf(whole);
  const Curve expected = last;
  layersOf(request, all / 2);
  const std::string progress = sweepProgressPath(request.runPath);
  const std::string kept = readTextFile(progress);

  SweepRequest other = request;
  other.scores.assign(static_cast<size_t>(layout.headCount()), 0);
  for (size_t head = 0; head < other.scores.size(); ++head) other.scores[head] = -static_cast<double>(head * 5 % 12);
  const SweepRequest fresh = [&] {
    SweepRequest made = elsewhere("fresh.h5");
    made.scores = other.scores;
    fs::remove(sweepProgressPath(made.runPath));
    return made;
  }();
  const int anew = layersOf(fresh);
  const Curve otherExpected = last;
  EXPECT_EQ(layersOf(other), anew);
  expectSame(last, otherExpected);

  for (const std::string& damaged : {kept.substr(0, kept.size() / 2), std::string("junk"), std::string(),
                                     std::string(1 << 20, '\x81') /* lists in lists */}) {
    writeFileAtomically(progress, damaged);
    EXPECT_EQ(layersOf(request), all);
    expectSame(last, expected);
  }
}

TEST_F(SweepResume, whatIsKeptIsForTheSameExamplesAndWeights) {
  const int all = layersOf(elsewhere("whole.h5"));
  layersOf(request, all / 2);
  const std::string progress = sweepProgressPath(request.runPath), kept = readTextFile(progress);
  SweepRequest nowhere = request;
  nowhere.runPath.clear();
  nowhere.scores = request.scores = workspace.state().logAlpha;
  const auto startsAnew = [&] {
    writeFileAtomically(progress, kept);
    const int layers = layersOf(nowhere);
    const Curve expected = last;
    EXPECT_EQ(layersOf(request), layers);
    expectSame(last, expected);
  };
  (void)openData(workspace, {files.data, files.data, {}, {}, 16, 80}, {});  // half of the examples
  (void)evaluateMask(workspace, {std::nullopt, true}, {});
  startsAnew();
  EXPECT_EQ(last.points.front().metric.examples, 80);
  open(files.model);  // as it was before it was trained
  (void)evaluateMask(workspace, {std::nullopt, true}, {});
  startsAnew();
}

TEST_F(SweepResume, aWholeCurveGivesWayToAWholeOneOnly) {
  const int all = layersOf(request);
  const Curve whole = last;
  layersOf(request, all / 2);
  std::optional<Curve> stored = readRun(request.runPath).curve;
  ASSERT_TRUE(stored);
  expectSame(*stored, whole);
  EXPECT_TRUE(fs::exists(sweepProgressPath(request.runPath))) << "what is measured is kept beside it";
  EXPECT_LE(layersOf(request), all - all / 2 + 2 * kToyLayers);
  expectSame(last, whole);

  SweepRequest coarse = request;
  coarse.exact = false;
  (void)layersOf(coarse);
  ASSERT_FALSE(last.complete);
  stored = readRun(request.runPath).curve;
  ASSERT_TRUE(stored);
  expectSame(*stored, whole);
}

TEST_F(SweepResume, fewPointsLeaveWhatAnExactSweepHasMeasured) {
  const int all = layersOf(elsewhere("whole.h5"));
  const Curve expected = last;
  layersOf(request, all / 2);
  SweepRequest coarse = request;
  coarse.exact = false;
  (void)layersOf(coarse);
  EXPECT_LE(layersOf(request), all - all / 2 + 2 * kToyLayers);
  expectSame(last, expected);
}

TEST_F(SweepResume, otherDevDataThanTheRunsOwnLeaveItsCurve) {
  (void)layersOf(request);
  const Curve own = last;
  (void)openData(workspace, {files.data, files.data, {}, {}, 16, 80}, {});  // half of the examples
  (void)layersOf(request);
  EXPECT_EQ(last.points.front().metric.examples, 80);
  EXPECT_EQ(last.notSaved.find(request.runPath + ": found other dev data open than the run's own"), 0U)
      << last.notSaved;
  const std::optional<Curve> stored = readRun(request.runPath).curve;
  ASSERT_TRUE(stored);
  expectSame(*stored, own);
}

TEST_F(SweepResume, aRunThatIsReadOnlyIsSweptAndStaysAsItIs) {
  (void)layersOf(elsewhere("whole.h5"));
  const Curve expected = last;
  const std::string runs = folder.file("runs"), before = sha256OfFile(request.runPath);
  const auto entries = [&] { return std::distance(fs::directory_iterator(runs), fs::directory_iterator()); };
  const auto count = entries();
  for (const std::string& path : {runs, request.runPath}) {
    const fs::perms usual = fs::status(path).permissions();
    fs::permissions(path, fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write,
                    fs::perm_options::remove);
    (void)layersOf(request);
    fs::permissions(path, usual);
    expectSame(last, expected);
    EXPECT_EQ(last.notSaved.find(path + ": cannot write: "), 0U) << last.notSaved;
    EXPECT_EQ(sha256OfFile(request.runPath), before);
    EXPECT_EQ(entries(), count);
  }
  (void)layersOf(request);
  EXPECT_EQ(last.notSaved, "");
}

}  // namespace
}  // namespace headroom
