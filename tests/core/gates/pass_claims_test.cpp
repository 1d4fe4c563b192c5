// SPDX-License-Identifier: GPL-3.0-or-later
// What Help > Losses says of the two losses, claim by claim.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/rng.h"
#include "core/gates/hard_concrete.h"
#include "core/gates/pass_loss.h"
#include "core/gates/verdict.h"

namespace headroom {
namespace {

namespace hc = hard_concrete;

/// Log alphas from -8 to 8, so that every region is met.
std::vector<double> gatesAnywhere(int count, std::uint64_t seed) {
  Rng rng(seed, 31);
  const double middle = 8 * rng.uniform() - 4, width = 4 * rng.uniform();
  std::vector<double> logAlpha;
  for (int i = 0; i < count; ++i) logAlpha.push_back(middle + width * (2 * rng.uniform() - 1));
  return logAlpha;
}

std::vector<double> polarised(int heads, int open, double size) {
  std::vector<double> logAlpha(static_cast<size_t>(heads), -size);
  std::fill_n(logAlpha.begin(), open, size);
  return logAlpha;
}

/// P0 (1 - P0) and P1 (1 - P1).
double closing(double phi) { return -hc::closedProbability(phi).slope; }
double opening(double phi) { return hc::openProbability(phi).slope; }

TEST(PassClaims, theSlopesAreThoseOfTheFourRegions) {
  int lowered = 0, raised = 0, parted = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const std::vector<double> logAlpha = gatesAnywhere(24, seed);
    const int keep = static_cast<int>(seed % 25);
    const PassPenalty pass = passPenalty(logAlpha, keep), base = basePenalty(logAlpha, keep);
    const double a = 24 - keep - pass.closed, b = keep - pass.open;
    ASSERT_GT(a + b, 0) << "A < 0 and B < 0 cannot be";
    ASSERT_GT(pass.value, 0) << "the infimum is not attained";
    lowered += a > 0 && b <= 0 ? 1 : 0;
    raised += a <= 0 && b > 0 ? 1 : 0;
    parted += a > 0 && b > 0 ? 1 : 0;
    for (size_t i = 0; i < logAlpha.size(); ++i) {
      const double closes = closing(logAlpha[i]), opens = opening(logAlpha[i]);
      const double slope = (a > 0 ? 2 * closes : 0) - (b > 0 ? 2 * opens : 0);
      ASSERT_NEAR(pass.gradient[i], slope, 1e-12) << seed;
      ASSERT_NEAR(base.gradient[i], (a > 0 ? 2 * closes : 0) - opens, 1e-12) << seed;
      const bool parts = a > 0 && b > 0;  // gates above 0 open, the others close
      ASSERT_TRUE(!parts || (pass.gradient[i] < 0) == (logAlpha[i] > 0)) << seed;
    }
  }
  EXPECT_GT(std::min({lowered, raised, parted}), 20);
}

TEST(PassClaims, anotherNumberOfSettledGatesThanKIsNotAtRest) {
  for (const int open : {0, 3, 5, 12}) {
    const PassPenalty penalty = passPenalty(polarised(12, open, 5), 4);
    EXPECT_NEAR(penalty.value, 2 * std::abs(open - 4), 0.4) << open;
    for (const double slope : penalty.gradient) {
      EXPECT_GT(std::abs(slope), 1e-5) << open;
      EXPECT_EQ(slope > 0, open > 4) << open;
    }
  }
}

/// Descends from K gates on the right side of 0 and all others on the left.
TEST(PassClaims, exactlyKGatesAboveZeroStayThoseAndSettle) {
  constexpr int kKeep = 4;
  Rng rng(3);
  std::vector<double> logAlpha = polarised(12, kKeep, 1);
  for (double& phi : logAlpha) phi *= 0.95 + 0.1 * rng.uniform();
  double before = passPenalty(logAlpha, kKeep).value;
  for (int step = 0; step < 400; ++step) {
    const PassPenalty penalty = passPenalty(logAlpha, kKeep);
    ASSERT_GT(12 - kKeep - penalty.closed, 0);
    ASSERT_GT(kKeep - penalty.open, 0);
    ASSERT_LE(penalty.value, before);
    before = penalty.value;
    for (size_t i = 0; i < logAlpha.size(); ++i) logAlpha[i] -= 0.5 * penalty.gradient[i];
    for (size_t i = 0; i < logAlpha.size(); ++i) ASSERT_EQ(logAlpha[i] > 0, i < kKeep) << step;
  }
  EXPECT_LT(before, 1);
  for (const double phi : logAlpha) EXPECT_GT(std::abs(phi), hc::kSettled);
}

TEST(PassClaims, theBaseLossOpensGatesFromAboutOneOnThoughTooManyAreOpen) {
  std::vector<double> logAlpha(20, 3.0);
  for (const auto& [phi, opens] : {std::pair{0.97, false}, std::pair{1.0, true}}) {
    logAlpha.front() = phi;
    const PassPenalty base = basePenalty(logAlpha, 2);
    ASSERT_LT(base.closed, 18) << "too many are open";
    EXPECT_EQ(base.gradient.front() < 0, opens) << phi;
    EXPECT_GT(passPenalty(logAlpha, 2).gradient.front(), 0) << "PASS closes it";
  }
}

/// The base loss with the count of open gates in place of that of closed ones: the optima lie on K's other side.
TEST(PassClaims, theMirroredBaseLossHasItsLocalOptimaUpToK) {
  const auto mirrored = [](const std::vector<double>& logAlpha) {
    const PassPenalty parts = passPenalty(logAlpha, 8);
    return parts.between + std::abs(8 - parts.open);
  };
  for (const int open : {0, 3, 8}) {
    std::vector<double> logAlpha = polarised(72, open, 12);
    const double here = mirrored(logAlpha);
    EXPECT_NEAR(here, 8 - open, 0.01);
    for (double& phi : logAlpha) {
      const double at = phi;
      phi = at > 0 ? at - 3 : at + 3;
      EXPECT_GE(mirrored(logAlpha), here - 1e-6) << open;
      phi = at;
    }
  }
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::vector<double> logAlpha = gatesAnywhere(72, seed);
    const PassPenalty parts = passPenalty(logAlpha, 8);
    const double a = 64 - parts.closed, b = 8 - parts.open;
    EXPECT_NEAR(mirrored(logAlpha), 2 * std::max(b, 0.0) + a, 1e-9);
  }
}

TEST(PassClaims, slopesFadeWithDistanceWhichIsWhyGatesAreClipped) {
  EXPECT_NEAR(closing(5), 0.0030, 0.0001);
  EXPECT_NEAR(closing(8), 1.5e-4, 0.1e-4);
  EXPECT_NEAR(opening(-5), closing(5), 1e-12);
}

TEST(PassClaims, almostSureIsReachedOnlyFarOut) {
  const auto joint = [](int heads, double size) {
    const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, heads, heads}});
    return judge(layout, polarised(heads, 8, size), 8).jointProbability;
  };
  EXPECT_NEAR(joint(72, 5), 0.346, 0.001);
  EXPECT_NEAR(joint(144, 5), 0.119, 0.001);
  EXPECT_LT(joint(72, 9.65), 0.99);
  EXPECT_GT(joint(72, 9.70), 0.99);
  EXPECT_LT(joint(144, 10.33), 0.99);
  EXPECT_GT(joint(144, 10.40), 0.99);
}

}  // namespace
}  // namespace headroom
