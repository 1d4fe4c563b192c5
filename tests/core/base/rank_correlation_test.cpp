// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rank_correlation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "core/base/error.h"

namespace headroom {
namespace {

using Values = std::vector<double>;

TEST(DescendingRanks, beginWithTheLargestAndShareTies) {
  EXPECT_EQ(descendingRanks(Values{0.5, 3, -1}), (Values{2, 1, 3}));
  EXPECT_EQ(descendingRanks(Values{1, 2, 2, 0}), (Values{3, 1.5, 1.5, 4}));
  EXPECT_EQ(descendingRanks(Values{7, 7, 7}), (Values{2, 2, 2}));
  EXPECT_TRUE(descendingRanks({}).empty());
}

TEST(KendallTau, countsPairsInTheSameAndTheOppositeOrder) {
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 2, 3, 4}, Values{10, 20, 30, 40}), 1);
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 2, 3, 4}, Values{4, 3, 2, 1}), -1);
  // One of six pairs turned: (5 - 1) / 6.
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 2, 3, 4}, Values{1, 2, 4, 3}), 4.0 / 6);
}

TEST(KendallTau, accountsForTies) {
  // Ten pairs: six in the same order, two (the third against the last two) turned, one tied in a alone, one in b alone.
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 1, 2, 3, 4}, Values{1, 2, 4, 3, 3}), 4.0 / 9);
  // Tied in both counts in neither: pairs 02, 12 are left, both the same.
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 1, 2}, Values{5, 5, 6}), 1);
  // a ties a pair that b does not: 2 / sqrt(2 * 3).
  EXPECT_DOUBLE_EQ(*kendallTau(Values{1, 1, 2}, Values{4, 5, 6}), 2 / std::sqrt(6.0));
}

TEST(KendallTau, isNotThereWhereARankingTiesEverything) {
  EXPECT_FALSE(kendallTau(Values{1, 1, 1}, Values{1, 2, 3}));
  EXPECT_FALSE(kendallTau(Values{1}, Values{2}));
  EXPECT_THROW((void)kendallTau(Values{1, 2}, Values{1}), Error);
}

TEST(KendallTau, countsPairsAsOneWouldByHand) {
  std::uint64_t state = 1;
  for (int round = 0; round < 20; ++round) {
    Values a, b;
    for (int i = 0; i < 30; ++i)
      for (Values* values : {&a, &b}) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        values->push_back(static_cast<double>((state >> 33) % static_cast<std::uint64_t>(3 + round)));  // many ties
      }
    double sum = 0, untiedA = 0, untiedB = 0;
    for (size_t i = 0; i < a.size(); ++i)
      for (size_t j = 0; j < i; ++j) {
        const int ofA = (a[i] > a[j]) - (a[i] < a[j]), ofB = (b[i] > b[j]) - (b[i] < b[j]);
        sum += ofA * ofB;
        untiedA += ofA * ofA;
        untiedB += ofB * ofB;
      }
    EXPECT_DOUBLE_EQ(*kendallTau(a, b), sum / std::sqrt(untiedA * untiedB)) << round;
  }
}

TEST(KendallTau, knowsNothingOfScales) {
  Values a, b, stretched;
  for (int i = 0; i < 40; ++i) {
    a.push_back(std::sin(3.0 * i));
    b.push_back(std::cos(1.7 * i));
    stretched.push_back(std::exp(2 * a.back()) + 5);
  }
  EXPECT_DOUBLE_EQ(*kendallTau(a, b), *kendallTau(b, a));
  EXPECT_DOUBLE_EQ(*kendallTau(a, b), *kendallTau(stretched, b));
}

}  // namespace
}  // namespace headroom
