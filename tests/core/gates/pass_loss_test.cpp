// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/pass_loss.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/rng.h"
#include "core/gates/hard_concrete.h"

namespace headroom {
namespace {

HeadLayout layers(int count, int heads) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < count; ++layer) blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, heads, heads});
  return HeadLayout(blocks);
}

std::vector<double> randomGates(int count, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> logAlpha;
  for (int i = 0; i < count; ++i) logAlpha.push_back(8 * rng.uniform() - 4);
  return logAlpha;
}

TEST(PassPenalty, equalsTwiceThePositiveDeficits) {
  // The identity A + B = sum Pnb makes R = 2 (max(A, 0) + max(B, 0)).
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<double> logAlpha = randomGates(24, seed);
    const int keep = static_cast<int>(seed % 25);
    const PassPenalty penalty = passPenalty(logAlpha, keep);
    const double a = 24 - keep - penalty.closed, b = keep - penalty.open;
    EXPECT_NEAR(penalty.value, 2 * (std::max(a, 0.0) + std::max(b, 0.0)), 1e-9);
  }
}

TEST(PassPenalty, gradientMatchesFiniteDifferences) {
  constexpr double kStep = 1e-6;
  for (const int keep : {0, 3, 12, 24}) {
    std::vector<double> logAlpha = randomGates(24, 7);
    const std::vector<double> gradient = passPenalty(logAlpha, keep).gradient;
    for (size_t i = 0; i < logAlpha.size(); ++i) {
      const double at = logAlpha[i];
      logAlpha[i] = at + kStep;
      const double above = passPenalty(logAlpha, keep).value;
      logAlpha[i] = at - kStep;
      const double below = passPenalty(logAlpha, keep).value;
      logAlpha[i] = at;
      EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-5) << "keep " << keep << " gate " << i;
    }
  }
}

TEST(PassPenalty, vanishesOnlyWhereExactlyKAreOpen) {
  const auto polarised = [](int open) {
    std::vector<double> logAlpha(12, -13.0);
    std::fill_n(logAlpha.begin(), open, 13.0);
    return logAlpha;
  };
  EXPECT_LT(passPenalty(polarised(4), 4).value, 1e-3);
  EXPECT_NEAR(passPenalty(polarised(6), 4).value, 4, 1e-2);  // 2 (k - K): no local optimum at the wrong count
  EXPECT_NEAR(passPenalty(polarised(3), 4).value, 2, 1e-2);
}

TEST(PassPenalty, tooManyOpenGatesAreAllPushedDownAndTooFewAllUp) {
  const std::vector<double> many(8, 3.0), few(8, -3.0);
  for (const double slope : passPenalty(many, 2).gradient) EXPECT_GT(slope, 0);
  for (const double slope : passPenalty(few, 6).gradient) EXPECT_LT(slope, 0);
}

TEST(Concentrator, gradientMatchesFiniteDifferences) {
  constexpr double kStep = 1e-6;
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 5, 5},
                           {{Stack::Encoder, AttentionKind::Self, 1}, 0, 0},
                           {{Stack::Encoder, AttentionKind::Self, 2}, 3, 3}});
  std::vector<double> logAlpha = randomGates(8, 3);
  const std::vector<double> gradient = concentratorPenalty(layout, logAlpha).gradient;
  ASSERT_EQ(gradient.size(), 8u);
  for (size_t i = 0; i < logAlpha.size(); ++i) {
    const double at = logAlpha[i];
    logAlpha[i] = at + kStep;
    const double above = concentratorPenalty(layout, logAlpha).value;
    logAlpha[i] = at - kStep;
    const double below = concentratorPenalty(layout, logAlpha).value;
    logAlpha[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-7);
    EXPECT_GT(gradient[i], 0) << "it always closes";
  }
}

TEST(Concentrator, weightHasThePublishedValues) {
  // One gate at +5, the others at -5: 9.9 with 4 heads a block, 11.2 with 12.
  for (const auto& [heads, expected] : {std::pair{4, 9.9}, std::pair{12, 11.2}}) {
    std::vector<double> logAlpha(static_cast<size_t>(heads), -5.0);
    logAlpha[1] = 5;
    EXPECT_NEAR(concentratorWeight(layers(1, heads), logAlpha, 5, 3000), expected, 0.15);
  }
}

TEST(Concentrator, weightIsCappedForAnOpenBlockAndZeroWhenAllAreClosed) {
  EXPECT_EQ(concentratorWeight(layers(2, 8), std::vector<double>(16, 5.0), 5, 3000), 3000);
  EXPECT_EQ(concentratorWeight(layers(2, 8), std::vector<double>(16, -5.0), 5, 3000), 0);
}

}  // namespace
}  // namespace headroom
