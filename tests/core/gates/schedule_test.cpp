// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/schedule.h"

#include <gtest/gtest.h>

#include "core/gates/reopening.h"
#include "core/gates/verdict.h"

namespace headroom {
namespace {

TEST(LambdaSchedule, growsAThousandfoldInAThousandUnmetStepsAsPublished) {
  LambdaSchedule schedule(1, 1e30);
  EXPECT_NEAR(schedule.lambda(), 1e-5, 1e-12);
  for (int i = 0; i < 1000; ++i) schedule.count(false, false);
  EXPECT_NEAR(schedule.lambda(), 1e-2, 1e-8);
  for (int i = 0; i < 500; ++i) schedule.count(true, false);
  EXPECT_NEAR(schedule.lambda(), 1e-2, 1e-8) << "held while the gates are where they should be";
}

TEST(LambdaSchedule, capHoldsUntilTheGatesAreToSettle) {
  LambdaSchedule schedule(5, 0.05);
  for (int i = 0; i < 800; ++i) schedule.count(false, false);
  EXPECT_DOUBLE_EQ(schedule.lambda(), 0.05);
  for (int i = 0; i < 200; ++i) schedule.count(false, true);
  EXPECT_NEAR(schedule.lambda(), 50, 1e-9);
}

TEST(LambdaSchedule, neverOverflows) {
  LambdaSchedule schedule(60, 1e30);
  for (int i = 0; i < 100000; ++i) schedule.count(false, true);
  EXPECT_TRUE(schedule.lambda() < 1e61);
}

TEST(EventSteps, scaleWithTheRunAndLeaveItsLastQuarterAlone) {
  const std::vector<double> shares{1.0 / 3, 1.0 / 2, 2.0 / 3, 0.9};
  EXPECT_EQ(eventSteps(shares, 1200), (std::vector<std::int64_t>{400, 600, 800}));
  EXPECT_EQ(eventSteps(shares, 3), (std::vector<std::int64_t>{1, 2}));
  EXPECT_TRUE(eventSteps(shares, 1).empty());
  EXPECT_EQ(publishedEventSteps(3500), (std::vector<std::int64_t>{2000, 3000}));
}

TEST(EpochEvents, comeBeforeEveryEpochButNotInTheLastQuarter) {
  EXPECT_EQ(epochEventSteps({40, 10, 1}), (std::vector<std::int64_t>{10, 20, 30}));
  EXPECT_TRUE(epochEventSteps({10, 10, 1}).empty());
}

TEST(EpochLambda, doublesForEveryEpochThatMissesTheCountAndSharesItAmongTheTokens) {
  EpochLambda lambda(1000);
  EXPECT_DOUBLE_EQ(lambda.lambda(), 0.2 / 1000) << "before epoch 1 no gate is closed";
  lambda.count(false);
  EXPECT_DOUBLE_EQ(lambda.lambda(), 0.4 / 1000);
  lambda.count(true);
  EXPECT_DOUBLE_EQ(lambda.lambda(), 0.4 / 1000);
}

TEST(LinearDecay, risesHoldsAndFallsToNothing) {
  EXPECT_NEAR(linearDecay(49, 1000, 0.1), 50.0 / 101, 1e-12);
  EXPECT_NEAR(linearDecay(550, 1000, 0.1), 0.5, 1e-12) << "without a hold it falls from the end of the warm-up on";
  EXPECT_DOUBLE_EQ(linearDecay(699, 1000, 0.1, 0.7), 1);
  EXPECT_NEAR(linearDecay(850, 1000, 0.1, 0.7), 0.5, 1e-12);
  EXPECT_DOUBLE_EQ(linearDecay(500, 1000, 0, 1), 1) << "held to the end";
  EXPECT_DOUBLE_EQ(linearDecay(1000, 1000, 0, 0.7), 0);
}

TEST(InverseRootDecay, risesLinearlyAndFallsWithTheRootOfTheSteps) {
  EXPECT_NEAR(inverseRootDecay(49, 1000, 0.1), 0.5, 1e-12);
  EXPECT_NEAR(inverseRootDecay(99, 1000, 0.1), 1, 1e-12);
  EXPECT_NEAR(inverseRootDecay(399, 1000, 0.1), 0.5, 1e-12);
}

TEST(Reopening, clipsAndReopensByConfidenceOnly) {
  std::vector<double> logAlpha{-9, -9, 7, -2, 0};
  const std::vector<double> confidence{1.0, 0.0, 0.5, 0.9, 0.9};
  Rng rng(1);
  const ReopeningResult result = clipAndReopen(logAlpha, confidence, 5, 0, rng);
  EXPECT_EQ(result.clipped, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(result.reopened, (std::vector<int>{0})) << "confidence 1 always, 0 never";
  EXPECT_EQ(logAlpha, (std::vector<double>{5, -5, 5, -2, 0}));
}

TEST(Reopening, withoutConfidenceNothingReopens) {
  std::vector<double> logAlpha(6, -8.0);
  const std::vector<double> confidence{0, -0.5, 0, 0, -1, 0};
  Rng rng(1);
  EXPECT_TRUE(clipAndReopen(logAlpha, confidence, 5, 0, rng).reopened.empty());
}

TEST(Reopening, theChanceScalesEveryConfidence) {
  int reopened = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    std::vector<double> logAlpha(5, -8.0);
    Rng rng(seed);
    reopened += static_cast<int>(clipAndReopen(logAlpha, std::vector<double>(5, 1.0), 5, 0, rng, 0.3).reopened.size());
  }
  EXPECT_NEAR(reopened / 2000.0, 0.3, 0.05);
}

TEST(Reopening, seededNoiseBreaksTies) {
  std::vector<double> logAlpha(20, 9.0);
  Rng rng(1);
  clipAndReopen(logAlpha, {}, 5, 0.05, rng);
  for (size_t i = 0; i < logAlpha.size(); ++i) {
    EXPECT_LE(logAlpha[i], 5);
    EXPECT_GE(logAlpha[i], 4.95);
    for (size_t j = 0; j < i; ++j) EXPECT_NE(logAlpha[i], logAlpha[j]);
  }
}

TEST(Verdict, isExactOnlyWhenKGatesAreOpenAndAllOthersClosed) {
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 4, 4}});
  EXPECT_TRUE(judge(layout, std::vector<double>{3, -3, 2.4, -2.4}, 2).exact);
  EXPECT_FALSE(judge(layout, std::vector<double>{3, -3, 2.3, -2.4}, 2).exact);
  EXPECT_FALSE(judge(layout, std::vector<double>{3, 3, 3, -3}, 2).exact);
  EXPECT_TRUE(judge(layout, std::vector<double>{-3, -3, -3, -3}, 0).exact);
  EXPECT_TRUE(judge(layout, std::vector<double>{3, 3, 3, 3}, 4).exact);
  EXPECT_NEAR(judge(layout, std::vector<double>{5, -5, 5, -5}, 2).jointProbability,
              0.98535 * 0.98535 * 0.98535 * 0.98535, 1e-3);
}

}  // namespace
}  // namespace headroom
