// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/l0.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/methods/settings_limits.h"

namespace headroom {
namespace {

HeadLayout twoBlocks() {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < 2; ++layer) blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, 4, 4});
  return HeadLayout(blocks);
}

TrainSettings settings() {
  TrainSettings s;
  s.method = "l0";
  s.keep = 4;
  s.steps = 100;
  s.seed = 2;
  s.lambda = 0.3;
  return s;
}

constexpr RunLength kLength{100, 100, 32};

GateTerms termsAfter(GateMethod& method, int steps) {
  GateTerms terms;
  for (int step = 0; step <= steps; ++step) {
    const std::vector<double> drawn = method.draw();
    const std::vector<double> gradient = method.differentiate(std::vector<double>(drawn.size(), 0.0), terms);
    if (step < steps) method.update(gradient, 1);
  }
  return terms;
}

TEST(L0, warmUpChangesLambdaAndNothingElse) {
  TrainSettings warm = settings();
  warm.lambdaWarmup = 0.5;
  const auto plain = makeL0(twoBlocks(), settings(), kLength), warming = makeL0(twoBlocks(), warm, kLength);
  EXPECT_EQ(plain->logAlpha(), warming->logAlpha());
  EXPECT_EQ(plain->draw(), warming->draw());
  EXPECT_EQ(termsAfter(*makeL0(twoBlocks(), warm, kLength), 0).lambda, 0);
  EXPECT_NEAR(termsAfter(*makeL0(twoBlocks(), warm, kLength), 25).lambda, 0.15, 1e-12);
  EXPECT_EQ(termsAfter(*makeL0(twoBlocks(), warm, kLength), 80).lambda, 0.3);
}

TEST(L0, startSetsEveryGateAndNothingElse) {
  TrainSettings open = settings();
  open.gateStart = 2;
  const auto method = makeL0(twoBlocks(), open, kLength);
  EXPECT_EQ(method->logAlpha(), std::vector<double>(8, 2.0));
  EXPECT_EQ(termsAfter(*method, 0).lambda, 0.3);
}

TEST(L0, scalingKeepsTheSumOfABlocksGates) {
  TrainSettings scaled = settings();
  scaled.scaleByOpen = true;
  const auto plain = makeL0(twoBlocks(), settings(), kLength), scaling = makeL0(twoBlocks(), scaled, kLength);
  const std::vector<double> before = plain->draw(), after = scaling->draw();
  for (size_t block = 0; block < 2; ++block) {
    double sum = 0, factor = 0;
    for (size_t head = 4 * block; head < 4 * block + 4; ++head) {
      sum += after[head];
      if (before[head] > 0) factor = after[head] / before[head];
    }
    EXPECT_NEAR(sum, 4, 1e-9);
    for (size_t head = 4 * block; head < 4 * block + 4; ++head) EXPECT_NEAR(after[head], factor * before[head], 1e-9);
  }
  EXPECT_EQ(plain->logAlpha(), scaling->logAlpha());
}

TEST(L0, testGatesAreScaledAsDrawnOnesAre) {
  TrainSettings scaled = settings();
  scaled.scaleByOpen = true;
  const std::vector<double> gates = makeL0(twoBlocks(), scaled, kLength)->testGates();
  for (size_t block = 0; block < 2; ++block)
    EXPECT_NEAR(gates[4 * block] + gates[4 * block + 1] + gates[4 * block + 2] + gates[4 * block + 3], 4, 1e-9);
}

TEST(L0, scalingNeedsStepsThatTheWeightsLearnToDoWithoutItIn) {
  TrainSettings scaled = settings();
  scaled.scaleByOpen = true;
  EXPECT_THROW(requireValid(scaled), Error);
  scaled.recover = 10;
  EXPECT_NO_THROW(requireValid(scaled));
}

TEST(L0, hardGatesAreTheDrawnOnesRounded) {
  TrainSettings hard = settings();
  hard.hardGates = true;
  const auto plain = makeL0(twoBlocks(), settings(), kLength), rounded = makeL0(twoBlocks(), hard, kLength);
  for (int draw = 0; draw < 20; ++draw) {
    const std::vector<double> soft = plain->draw(), found = rounded->draw();
    for (size_t head = 0; head < soft.size(); ++head) EXPECT_EQ(found[head], soft[head] > 0.5 ? 1 : 0);
  }
}

}  // namespace
}  // namespace headroom
