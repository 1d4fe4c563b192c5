// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/propose/mask_choice.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/base/rng.h"
#include "core/propose/latency_order.h"

namespace headroom {
namespace {

constexpr int kBlocks = 3, kHeads = 4;

HeadLayout smallLayout() {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < kBlocks; ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, kHeads, kHeads});
  return HeadLayout(blocks);
}

/// A block costs `upkeep` ms, and 1 ms a head.
LatencyTable tableWith(double upkeep) {
  LatencyTable table;
  BlockCosts costs;
  costs.group = "encoder.self";
  for (int heads = 0; heads <= kHeads; ++heads) {
    costs.heads.push_back(heads);
    costs.ms.push_back(heads == 0 ? 0 : upkeep + heads);
  }
  costs.fit();
  table.blocks = {costs};
  table.rests = {{Stack::Encoder, kBlocks, 2.0}};
  return table;
}

/// Points that lose `scores` of the heads that are pruned.
Curve curveOf(const std::vector<int>& order, const std::vector<double>& scores) {
  Curve curve;
  curve.layout = smallLayout();
  curve.order = order;
  for (int kept = 0; kept <= kBlocks * kHeads; ++kept) {
    CurvePoint point;
    point.kept = kept;
    for (size_t i = static_cast<size_t>(kept); i < order.size(); ++i)
      point.toFull.value -= scores[static_cast<size_t>(order[i])];
    point.metric.value = 0.9 + point.toFull.value;
    curve.points.push_back(point);
  }
  return curve;
}

std::vector<double> randomScores(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<double> scores;
  for (int i = 0; i < kBlocks * kHeads; ++i) scores.push_back(0.05 * rng.uniform());
  return scores;
}

/// The least that any of all masks within the time loses.
double leastLost(const LatencyTable& table, const std::vector<double>& scores, double mostMs) {
  double least = 1e9;
  for (unsigned bits = 0; bits < 1U << (kBlocks * kHeads); ++bits) {
    HeadMask mask(smallLayout());
    double lost = 0;
    for (int i = 0; i < kBlocks * kHeads; ++i)
      if ((bits >> i & 1U) == 0) {
        mask.set(i, false);
        lost += scores[static_cast<size_t>(i)];
      }
    if (table.predict(mask) <= mostMs) least = std::min(least, lost);
  }
  return least;
}

TEST(BestChoice, isTheMostAccurateOneThatIsFastEnough) {
  const LatencyTable table = tableWith(3);
  const std::vector<double> scores = randomScores(1);
  const std::vector<MaskChoice> choices = choicesAlong(curveOf(keepOrder(scores), scores), table);
  Demand demand;
  demand.mostMs = 18;
  const auto best = bestChoice(choices, demand);
  ASSERT_TRUE(best);
  for (const MaskChoice& choice : choices)
    if (choice.ms <= 18) {
      EXPECT_LE(lostBy(choices[*best]), lostBy(choice));
    }
  EXPECT_LE(choices[*best].ms, 18);
  EXPECT_TRUE(choices[*best].pareto);
}

TEST(BestChoice, isTheFastestOneThatLosesNoMore) {
  const std::vector<double> scores = randomScores(2);
  const std::vector<MaskChoice> choices = choicesAlong(curveOf(keepOrder(scores), scores), tableWith(3));
  Demand demand;
  demand.mostLost = 0.05;
  const auto best = bestChoice(choices, demand);
  ASSERT_TRUE(best);
  EXPECT_LE(lostBy(choices[*best]), 0.05);
  for (const MaskChoice& choice : choices)
    if (lostBy(choice) <= 0.05) {
      EXPECT_GE(choice.ms, choices[*best].ms);
    }
}

TEST(BestChoice, isNoneWhereNothingMeetsTheDemand) {
  const std::vector<double> scores = randomScores(3);
  const std::vector<MaskChoice> choices = choicesAlong(curveOf(keepOrder(scores), scores), tableWith(3));
  Demand demand;
  demand.mostMs = 6.5;  // only the rests of the layers
  demand.mostLost = 0.001;
  EXPECT_FALSE(bestChoice(choices, demand));
}

TEST(BestChoice, takesLessPerplexityForBetter) {
  std::vector<MaskChoice> choices(2);
  for (MaskChoice& choice : choices) choice.metric.name = "perplexity";
  choices[0].toFull.value = 4;
  choices[1].toFull.value = 1;
  EXPECT_EQ(bestChoice(choices, {}), 1U);
}

TEST(ParetoPoints, areThoseThatNoOtherChoiceBeats) {
  const std::vector<double> scores = randomScores(4);
  std::vector<double> signedScores = scores;
  signedScores[5] = -0.04;  // better without it: what keeps it and costs more is beaten
  const std::vector<MaskChoice> choices = choicesAlong(curveOf(keepOrder(signedScores), signedScores), tableWith(1));
  int marked = 0;
  for (const MaskChoice& a : choices) {
    bool beaten = false;
    for (const MaskChoice& b : choices)
      beaten = beaten || (b.ms <= a.ms && lostBy(b) <= lostBy(a) && (b.ms < a.ms || lostBy(b) < lostBy(a)));
    EXPECT_EQ(a.pareto, !beaten);
    marked += a.pareto ? 1 : 0;
  }
  EXPECT_GT(marked, 1);
  EXPECT_LT(marked, static_cast<int>(choices.size()));
}

TEST(LatencyOrder, emptiesBlocksWhereTheirUpkeepIsHigh) {
  const std::vector<double> scores = randomScores(5);
  const auto live = [&](const std::vector<int>& order, int kept) {
    Curve curve;
    curve.layout = smallLayout();
    curve.order = order;
    return curve.maskFor(kept).liveBlocks();
  };
  const std::vector<int> aware = latencyOrder(HeadUnits(smallLayout(), "head"), scores, tableWith(20));
  EXPECT_LT(live(aware, 4), live(keepOrder(scores), 4));
}

TEST(LatencyOrder, isTheScoresOwnWhereHeadsCostTheSame) {
  const std::vector<double> scores = randomScores(6);
  EXPECT_EQ(latencyOrder(HeadUnits(smallLayout(), "head"), scores, tableWith(0)), keepOrder(scores));
}

/// All 4,096 masks of 12 heads, at every bound of the time: the better of the two orders' proposals loses little more
/// than the best mask that there is.
TEST(Proposals, comeCloseToAnExhaustiveSearch) {
  double proposed = 0, best = 0, everything = 0;
  for (std::uint64_t seed = 10; seed < 20; ++seed) {
    const std::vector<double> scores = randomScores(seed);
    for (const double upkeep : {0.0, 2.0, 8.0}) {
      const LatencyTable table = tableWith(upkeep);
      std::vector<MaskChoice> choices = choicesAlong(curveOf(keepOrder(scores), scores), table);
      const std::vector<MaskChoice> aware =
          choicesAlong(curveOf(latencyOrder(HeadUnits(smallLayout(), "head"), scores, table), scores), table);
      choices.insert(choices.end(), aware.begin(), aware.end());
      for (double share = 0.3; share < 1; share += 0.2) {
        Demand demand;
        demand.mostMs = 6 + share * (table.predict(HeadMask(smallLayout())) - 6);
        const auto index = bestChoice(choices, demand);
        ASSERT_TRUE(index);
        const double least = leastLost(table, scores, *demand.mostMs);
        EXPECT_GE(lostBy(choices[*index]), least - 1e-9);
        proposed += lostBy(choices[*index]);
        best += least;
        for (const double score : scores) everything += score;
      }
    }
  }
  // Of all the importance that there is, the proposals lose at most 5 % more than the best masks do.
  EXPECT_LE((proposed - best) / everything, 0.05)
      << "proposals lose " << proposed << ", the best masks " << best << ", of " << everything;
}

}  // namespace
}  // namespace headroom
