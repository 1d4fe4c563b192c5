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
  for (int layer = 0; layer < count; ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, heads, heads});
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

/// The gradient of `penalty` (of log alpha) against central differences.
template <typename Penalty>
void expectGradient(const Penalty& penalty, std::vector<double> logAlpha, double tolerance) {
  constexpr double kStep = 1e-6;
  const std::vector<double> gradient = penalty(logAlpha).gradient;
  ASSERT_EQ(gradient.size(), logAlpha.size());
  for (size_t i = 0; i < logAlpha.size(); ++i) {
    const double at = logAlpha[i];
    logAlpha[i] = at + kStep;
    const double above = penalty(logAlpha).value;
    logAlpha[i] = at - kStep;
    const double below = penalty(logAlpha).value;
    logAlpha[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * kStep), tolerance) << "gate " << i;
  }
}

TEST(PassPenalty, gradientMatchesFiniteDifferences) {
  for (const int keep : {0, 3, 12, 24}) {
    SCOPED_TRACE(keep);
    expectGradient([keep](const std::vector<double>& logAlpha) { return passPenalty(logAlpha, keep); },
                   randomGates(24, 7), 1e-5);
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
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 5, 5},
                           {{Stack::Encoder, AttentionKind::Self, 1}, 0, 0},
                           {{Stack::Encoder, AttentionKind::Self, 2}, 3, 3}});
  const std::vector<double> logAlpha = randomGates(8, 3);
  expectGradient([&layout](const std::vector<double>& gates) { return concentratorPenalty(layout, gates); }, logAlpha,
                 1e-7);
  for (const double slope : concentratorPenalty(layout, logAlpha).gradient) EXPECT_GT(slope, 0) << "it always closes";
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

TEST(BasePenalty, equalsTwiceTheClosingDeficitPlusTheOpeningOne) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<double> logAlpha = randomGates(24, seed);
    const int keep = static_cast<int>(seed % 25);
    const PassPenalty base = basePenalty(logAlpha, keep);
    const double a = 24 - keep - base.closed, b = keep - base.open;
    EXPECT_NEAR(base.value, a > 0 ? 2 * a + b : b, 1e-9);
  }
}

TEST(BasePenalty, gradientMatchesFiniteDifferences) {
  for (const int keep : {3, 20}) {
    SCOPED_TRACE(keep);
    expectGradient([keep](const std::vector<double>& logAlpha) { return basePenalty(logAlpha, keep); },
                   randomGates(24, 7), 1e-5);
  }
}

/// `open` gates settled open, the others settled closed.
std::vector<double> settled(int heads, int open) {
  std::vector<double> logAlpha(static_cast<size_t>(heads), -12.0);
  std::fill_n(logAlpha.begin(), open, 12.0);
  return logAlpha;
}

TEST(BasePenalty, hasALocalOptimumWithEveryNumberOfOpenGatesFromKOn) {
  // Its value there is how many gates are open too many; no gate, pushed a little either way, lowers it. R_pass closes
  // gates there.
  for (const int open : {8, 9, 20, 72}) {
    std::vector<double> logAlpha = settled(72, open);
    EXPECT_NEAR(basePenalty(logAlpha, 8).value, open - 8, 0.01);
    for (size_t i = 0; i < logAlpha.size(); ++i) {
      const double here = basePenalty(logAlpha, 8).value, at = logAlpha[i];
      logAlpha[i] = at > 0 ? at - 3 : at + 3;
      EXPECT_GE(basePenalty(logAlpha, 8).value, here - 1e-6);
      logAlpha[i] = at;
    }
  }
  std::vector<double> tooMany(72, 5.0);
  for (const double slope : passPenalty(tooMany, 8).gradient) EXPECT_GT(slope, 0) << "R_pass lowers every gate";
  for (const double slope : basePenalty(tooMany, 8).gradient) EXPECT_LT(slope, 0) << "R_base opens them further";
}

TEST(PassPenalty, pushesByTheRegionItIsIn) {
  // Too many open and too few closed: every gate down. Too few open: every gate up. Both short: open ones up, others
  // down.
  const auto signs = [](const std::vector<double>& logAlpha, int keep) {
    std::vector<int> found;
    for (const double slope : passPenalty(logAlpha, keep).gradient) found.push_back(slope > 0 ? -1 : 1);
    return found;
  };
  EXPECT_EQ(signs(std::vector<double>(10, 3.0), 3), std::vector<int>(10, -1));
  EXPECT_EQ(signs(std::vector<double>(10, -3.0), 3), std::vector<int>(10, 1));
  std::vector<double> polarised(10, -1.0);
  std::fill_n(polarised.begin(), 3, 1.0);
  const std::vector<int> both = signs(polarised, 3);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(both[i], i < 3 ? 1 : -1);
  // The fourth, more than enough of both, cannot be: the two deficits sum to the gates between.
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const PassPenalty penalty = passPenalty(randomGates(24, seed), 12);
    EXPECT_NEAR((12 - penalty.closed) + (12 - penalty.open), penalty.between, 1e-9);
  }
}

}  // namespace
}  // namespace headroom
