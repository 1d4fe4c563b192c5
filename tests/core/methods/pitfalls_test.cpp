// SPDX-License-Identifier: GPL-3.0-or-later
// Mistakes that published code makes, of the learned methods: each would pass unseen.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/head_units.h"
#include "core/gates/hard_concrete.h"
#include "core/gates/pass_loss.h"
#include "core/gates/verdict.h"
#include "core/methods/lagrangian.h"
#include "core/methods/straight_through.h"

namespace headroom {
namespace {

HeadLayout layout(int layers, int heads, int keyValues = 0) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < layers; ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, heads, keyValues > 0 ? keyValues : heads});
  return HeadLayout(blocks);
}

TEST(Pitfalls, gatesThatAreAllClippedStillHaveAPenalty) {
  std::vector<double> logAlpha(144, -5);
  std::fill(logAlpha.begin(), logAlpha.begin() + 16, 5);
  EXPECT_NEAR(passPenalty(logAlpha, 16).value, 3.65, 0.01);
  EXPECT_NEAR(concentratorPenalty(layout(1, 12), std::vector<double>(12, -5)).value, 0.162, 0.001);
}

TEST(Pitfalls, gatesTieWhereLogAlphaDoesNot) {
  const std::vector<double> logAlpha{3, 5, 2.5, 4};
  for (const double phi : logAlpha) EXPECT_EQ(hard_concrete::testGate(phi), 1);
  const GateVerdict verdict = judge(layout(1, 4), logAlpha, 2);
  EXPECT_TRUE(verdict.mask.kept(1));
  EXPECT_TRUE(verdict.mask.kept(3));
}

TEST(Pitfalls, theConcentratorsWeightIsBoundedWhereABlockIsOpen) {
  EXPECT_EQ(concentratorWeight(layout(2, 12), std::vector<double>(24, 5), 5, 3000), 3000);
}

TEST(Pitfalls, straightThroughKeepsKAlsoWithTiesAndWithAllHeads) {
  for (const int keep : {0, 3, 8}) {
    TrainSettings settings;
    settings.method = "ste";
    settings.keep = keep;
    const auto method = makeStraightThrough(layout(2, 4), settings, {10, 10, 32});
    GateMethod::State state = method->save();
    for (auto& [name, values] : state.arrays)
      if (name != "scalars") std::fill(values.begin(), values.end(), 0.0);
    method->restore(state);
    const std::vector<double> gates = method->draw();
    EXPECT_EQ(std::count(gates.begin(), gates.end(), 1.0), keep);
  }
}

TEST(Pitfalls, aHeadIsDeadThroughItsBlocksGate) {
  TrainSettings settings;
  settings.method = "lagrangian";
  settings.keep = 4;
  const auto method = makeLagrangian(layout(2, 4), settings, {10, 10, 32});
  GateMethod::State state = method->save();
  std::vector<double>& gates = state.arrays.at("gates");
  ASSERT_EQ(gates.size(), 10U);  // eight heads, two blocks
  gates[9] = -4.6;
  method->restore(state);
  for (size_t head = 0; head < 8; ++head) EXPECT_EQ(method->logAlpha()[head] > 0, head < 4) << head;
}

TEST(Pitfalls, oneKeyValueHeadMakesTheBlockOneUnit) {
  const HeadUnits units(layout(3, 4, 1), "group");
  EXPECT_EQ(units.count(), 3);
  const HeadMask mask = units.toHeads(keepTop(units.units(), std::vector<double>{2, 1, 3}, 2));
  EXPECT_EQ(mask.keptIn(0), 4);
  EXPECT_EQ(mask.keptIn(1), 0);
  EXPECT_EQ(mask.keptKeyValueCount(), 2);
}

}  // namespace
}  // namespace headroom
