// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/metrics.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/base/error.h"

namespace headroom {
namespace {

/// Two columns of correctness bytes with the given numbers of pairs.
std::pair<CorrectBits, CorrectBits> pairs(int both, int onlyA, int onlyB, int neither) {
  CorrectBits a, b;
  const auto add = [&](int count, std::uint8_t inA, std::uint8_t inB) {
    a.insert(a.end(), static_cast<size_t>(count), inA);
    b.insert(b.end(), static_cast<size_t>(count), inB);
  };
  add(both, 1, 1);
  add(onlyA, 1, 0);
  add(onlyB, 0, 1);
  add(neither, 0, 0);
  return {a, b};
}

PairedDifference differenceOf(int both, int onlyA, int onlyB, int neither) {
  const auto [a, b] = pairs(both, onlyA, onlyB, neither);
  return pairedDifference(a, b);
}

TEST(Accuracy, wilsonIntervalsAreTheRootsOfTheScoreEquation) {
  const MetricValue most = accuracyWithInterval(8, 10);
  EXPECT_DOUBLE_EQ(most.value, 0.8);
  EXPECT_NEAR(most.low, 0.4901624715, 1e-9);
  EXPECT_NEAR(most.high, 0.9433178485, 1e-9);
  EXPECT_NEAR(accuracyWithInterval(700, 872).low, 0.7750378588, 1e-9);
  EXPECT_NEAR(accuracyWithInterval(700, 872).high, 0.8278109727, 1e-9);
}

TEST(Accuracy, noneAndAllRightKeepAnInterval) {
  EXPECT_EQ(accuracyWithInterval(0, 10).low, 0);
  EXPECT_NEAR(accuracyWithInterval(0, 10).high, 0.2775327999, 1e-9);
  EXPECT_NEAR(accuracyWithInterval(10, 10).low, 0.7224672001, 1e-9);
  EXPECT_EQ(accuracyWithInterval(10, 10).high, 1);
}

TEST(Accuracy, withoutExamplesNothingIsKnown) {
  const MetricValue nothing = accuracyWithInterval(0, 0);
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 1);
  EXPECT_EQ(nothing.examples, 0);
}

TEST(PairedDifference, equalsNewcombesPublishedInterval) {
  // Newcombe 1998, table of paired examples: 36, 12, 2, 0 gives 0.0569 to 0.3404 by method 10.
  const PairedDifference published = differenceOf(36, 2, 12, 0);
  EXPECT_NEAR(published.value, 0.2, 1e-12);
  EXPECT_NEAR(published.low, 0.0569295840, 1e-9);
  EXPECT_NEAR(published.high, 0.3404276030, 1e-9);
  EXPECT_EQ(published.gained, 12);
  EXPECT_EQ(published.lost, 2);
}

TEST(PairedDifference, keepsAWidthWhenFewOrNoPairsDisagree) {
  const PairedDifference same = differenceOf(700, 0, 0, 172);
  EXPECT_EQ(same.value, 0);
  EXPECT_NEAR(same.low, -0.0034760435, 1e-9);
  EXPECT_NEAR(same.high, 0.0034760435, 1e-9);
  EXPECT_NEAR(differenceOf(54, 0, 0, 0).high, 0.0664135881, 1e-9);
  const PairedDifference one = differenceOf(29, 1, 0, 0);
  EXPECT_NEAR(one.low, -0.1667039099, 1e-9);
  EXPECT_NEAR(one.high, 0.0834459754, 1e-9);
}

TEST(PairedDifference, swappingTheSidesMirrorsTheInterval) {
  const PairedDifference forward = differenceOf(600, 50, 40, 182), backward = differenceOf(600, 40, 50, 182);
  EXPECT_NEAR(forward.value, -0.0114678899, 1e-9);
  EXPECT_NEAR(forward.low, -0.0329683040, 1e-9);
  EXPECT_NEAR(forward.high, 0.0099995070, 1e-9);
  EXPECT_NEAR(backward.low, -forward.high, 1e-12);
  EXPECT_NEAR(backward.high, -forward.low, 1e-12);
}

TEST(PairedDifference, withoutExamplesNothingIsKnownAndSizesMustAgree) {
  EXPECT_EQ(pairedDifference({}, {}).low, -1);
  EXPECT_EQ(pairedDifference({}, {}).high, 1);
  const CorrectBits one{1}, two{1, 0};
  EXPECT_THROW((void)pairedDifference(one, two), Error);
}

TEST(McNemar, equalsTheBinomialSums) {
  EXPECT_DOUBLE_EQ(mcNemarExact(0, 0), 1);
  EXPECT_DOUBLE_EQ(mcNemarExact(3, 3), 1);
  EXPECT_NEAR(mcNemarExact(5, 0), 0.0625, 1e-12);           // 2 / 2^5
  EXPECT_NEAR(mcNemarExact(12, 2), 0.012939453125, 1e-12);  // 2 (1 + 14 + 91) / 2^14
  EXPECT_NEAR(mcNemarExact(2, 12), 0.012939453125, 1e-12);
  EXPECT_NEAR(mcNemarExact(50, 40), 0.3428331194, 1e-9);
  EXPECT_NEAR(mcNemarExact(600, 500), 0.0028195450, 1e-9);
  EXPECT_NEAR(mcNemarExact(1000000, 0), 0, 1e-12);
}

}  // namespace
}  // namespace headroom
