// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/base/error.h"

namespace headroom {
namespace {

TEST(Rng, givesTheSameNumbersOnEveryPlatform) {
  Rng rng(1);
  EXPECT_EQ(rng.below(1000), 542u);
  EXPECT_EQ(rng.below(1000), 58u);
}

TEST(Rng, streamsOfOneSeedDiffer) {
  Rng a(1, 0), b(1, 1), c(2, 0);
  const auto first = a.below(UINT64_MAX);
  EXPECT_NE(first, b.below(UINT64_MAX));
  EXPECT_NE(first, c.below(UINT64_MAX));
}

TEST(Rng, numbersStayInTheirRangeAndCoverIt) {
  Rng rng(3);
  std::array<int, 7> seen{};
  double mean = 0, square = 0;
  for (int i = 0; i < 7000; ++i) {
    ++seen[rng.below(7)];
    const double uniform = rng.uniform();
    EXPECT_TRUE(uniform >= 0 && uniform < 1);
    const double normal = rng.normal();
    mean += normal / 7000;
    square += normal * normal / 7000;
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
  EXPECT_NEAR(mean, 0, 0.06);
  EXPECT_NEAR(square, 1, 0.1);
}

TEST(Rng, shuffleKeepsEveryValue) {
  std::vector<int> values{1, 2, 3, 4, 5, 6, 7, 8};
  const std::vector<int> before = values;
  Rng rng(4);
  rng.shuffle(std::span<int>(values));
  EXPECT_NE(values, before);
  std::sort(values.begin(), values.end());
  EXPECT_EQ(values, before);
}

TEST(Rng, restoresItsExactState) {
  Rng rng(5);
  (void)rng.normal();
  const std::string state = rng.state();
  const auto next = rng.below(UINT64_MAX);
  Rng other(9);
  other.restore(state);
  EXPECT_EQ(other.below(UINT64_MAX), next);
  EXPECT_THROW(other.restore("no state"), Error);
}

}  // namespace
}  // namespace headroom
