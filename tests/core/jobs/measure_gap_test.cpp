// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/measure_gap.h"

#include <gtest/gtest.h>

#include <stop_token>

#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/methods/method_table.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

struct TrainedToy : test::OpenToyClassifier {
  TrainReport train(const std::string& method, std::int64_t steps, double gateLr = 0.1, bool published = false) {
    TrainRequest request;
    request.settings.method = method;
    request.settings.reopen = findMethod(method).reopens;
    request.settings.keep = 4;
    request.settings.steps = steps;
    request.settings.batch = 8;
    request.settings.gateLr = gateLr;
    request.settings.published = published;
    request.runPath = folder.file(method + ".h5");
    return trainGates(workspace, request, {}, {});
  }
};

TEST(MeasureGap, isBetweenDrawnGatesAndTheMaskWhileGatesAreOpenQuestions) {
  TrainedToy toy;
  (void)toy.train("pass", 4, 0.1, true);  // the published rate does not grow in short runs: gates stay undecided
  const GateGap gap = measureGap(toy.workspace, {6, 1}, {});
  EXPECT_EQ(gap.method, "pass");
  EXPECT_EQ(gap.kept, 4);
  EXPECT_EQ(gap.examples, 160);
  EXPECT_EQ(gap.sampledLoss.seeds, 6);
  EXPECT_LT(gap.sampledLoss.low, gap.sampledLoss.high);  // every pass draws its own gates
  EXPECT_NE(gap.deterministicLoss, gap.maskLoss);        // gates in between are neither 0 nor 1
  EXPECT_GT(gap.deterministicLoss, 0);
  const GateGap again = measureGap(toy.workspace, {6, 1}, {});
  EXPECT_EQ(again.sampledLoss.mean, gap.sampledLoss.mean);
  EXPECT_NE(measureGap(toy.workspace, {6, 2}, {}).sampledLoss.mean, gap.sampledLoss.mean);
}

TEST(MeasureGap, closesWhenTheGatesHaveSettled) {
  TrainedToy toy;
  const TrainReport report = toy.train("pass", 300, 0.5);
  ASSERT_TRUE(report.exact);
  const GateGap gap = measureGap(toy.workspace, {3, 1}, {});
  EXPECT_NEAR(gap.deterministicLoss, gap.maskLoss, 1e-5);
  EXPECT_EQ(gap.deterministic.value, gap.mask.value);
  EXPECT_EQ(gap.maskLoss, report.loss);
  EXPECT_NEAR(gap.sampledLoss.mean, gap.maskLoss, 0.1);
}

TEST(MeasureGap, ofARunThatIsOpenedAgainIsTheSame) {
  TrainedToy toy;
  (void)toy.train("l0", 6);
  const GateGap first = measureGap(toy.workspace, {2, 1}, {});
  Workspace later{{"cpu", "float32", 1}};
  (void)openRun(later, toy.folder.file("l0.h5"), {});
  (void)openData(later, {"", toy.files.data, {}, {}, 16, 0}, {});
  const GateGap again = measureGap(later, {2, 1}, {});
  EXPECT_EQ(again.sampledLoss.mean, first.sampledLoss.mean);
  EXPECT_EQ(again.deterministicLoss, first.deterministicLoss);
  EXPECT_EQ(again.maskLoss, first.maskLoss);
}

/// What DSP draws depends on how far its gates are on their way; recovery, which would come later, is not on it.
TEST(MeasureGap, ofAStoppedRunKnowsHowFarItIs) {
  TrainedToy toy;
  std::vector<GateGap> gaps;
  for (const std::int64_t recover : {5, 30}) {
    TrainRequest request;
    request.settings.method = "dsp";
    request.settings.reopen = false;
    request.settings.keep = 4;
    request.settings.steps = 40;
    request.settings.recover = recover;
    request.settings.batch = 8;
    request.runPath = toy.folder.file("stopped" + std::to_string(recover) + ".h5");
    std::stop_source stop;
    JobContext context;
    context.stop = stop.get_token();
    TrainObserver observer;
    observer.point = [&](const TrainPoint& point) {
      if (point.step == 20) stop.request_stop();
    };
    EXPECT_THROW((void)trainGates(toy.workspace, request, context, observer), Cancelled);
    gaps.push_back(measureGap(toy.workspace, {2, 1}, {}));
  }
  EXPECT_EQ(gaps[0].maskLoss, gaps[1].maskLoss);
  EXPECT_EQ(gaps[0].sampledLoss.mean, gaps[1].sampledLoss.mean);
}

TEST(MeasureGap, softSurvivorsOfLagrangianRunsAreNotTheMask) {
  TrainedToy toy;
  (void)toy.train("lagrangian", 60);
  const GateGap gap = measureGap(toy.workspace, {3, 1}, {});
  EXPECT_NE(gap.deterministicLoss, gap.maskLoss);
  EXPECT_GT(gap.sampledLoss.high, gap.sampledLoss.low);
}

TEST(MeasureGap, methodsThatChooseWholeHeadsAreTestedByTheMask) {
  TrainedToy toy;
  const TrainReport report = toy.train("dsp", 60);
  EXPECT_TRUE(report.exact) << "K heads are drawn in every step: there is nothing to project";
  EXPECT_FALSE(report.projected);
  const GateGap gap = measureGap(toy.workspace, {3, 1}, {});
  EXPECT_NEAR(gap.deterministicLoss, gap.maskLoss, 1e-5);
  EXPECT_GT(gap.sampledLoss.mean, 0);
}

TEST(MeasureGap, saysWhyARunHasNone) {
  TrainedToy toy;
  const auto whyNot = [&] { return test::messageOf<Error>([&] { (void)measureGap(toy.workspace, {}, {}); }); };
  EXPECT_NE(whyNot().find("found no open run"), std::string::npos);
  (void)toy.train("none", 4);
  EXPECT_NE(whyNot().find("which trains no gates"), std::string::npos);
  (void)toy.train("pass", 4);
  EXPECT_THROW((void)measureGap(toy.workspace, {1, 1}, {}), Error);
}

TEST(MeasureGap, stopsWhenAsked) {
  TrainedToy toy;
  (void)toy.train("pass", 4);
  std::stop_source source;
  source.request_stop();
  JobContext context;
  context.stop = source.get_token();
  EXPECT_THROW((void)measureGap(toy.workspace, {}, context), Cancelled);
}

}  // namespace
}  // namespace headroom
