// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/survivors.h"

#include <gtest/gtest.h>

#include <cmath>

namespace headroom {
namespace {

HeadLayout layoutOf(int layers, int heads = 4) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < layers; ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, heads, heads});
  return HeadLayout(blocks);
}

HeadMask keeping(const HeadLayout& layout, std::initializer_list<int> heads) {
  HeadMask mask(layout, false);
  for (const int head : heads) mask.set(head, true);
  return mask;
}

CompareCell cellOf(const std::string& method, std::uint64_t seed, const HeadMask& mask) {
  CompareCell cell;
  cell.method = method;
  cell.keep = mask.keptCount();
  cell.seed = seed;
  cell.done = true;
  cell.mask = mask;
  return cell;
}

/// Two methods at K = 2, two seeds of one of them, and a cell that is not done.
Comparison twoMethods() {
  Comparison comparison;
  comparison.layout = layoutOf(3);
  comparison.cells = {cellOf("taylor", 1, keeping(comparison.layout, {0, 1})),
                      cellOf("taylor", 2, keeping(comparison.layout, {1, 2})),
                      cellOf("confidence", 1, keeping(comparison.layout, {1, 2}))};
  comparison.cells.push_back(cellOf("taylor", 3, keeping(comparison.layout, {10, 11})));
  comparison.cells.back().done = false;
  return comparison;
}

TEST(Survivors, jaccardCountsSharedHeadsOverAll) {
  const HeadLayout layout = layoutOf(3);
  EXPECT_EQ(jaccard(HeadMask(layout, false), HeadMask(layout, false)), 1);
  EXPECT_DOUBLE_EQ(jaccard(keeping(layout, {0, 1, 2}), keeping(layout, {2, 3})), 0.25);
}

TEST(Survivors, chanceIsWhatRandomMasksGive) {
  const HeadLayout layout = layoutOf(3);
  for (const int keep : {1, 4, 9, 12}) {
    double sum = 0;
    constexpr int kPairs = 20000;
    for (std::uint64_t i = 0; i < kPairs; ++i)
      sum += jaccard(keepRandom(layout, keep, 2 * i), keepRandom(layout, keep, 2 * i + 1));
    EXPECT_NEAR(chanceJaccard(keep, 12), sum / kPairs, 0.01) << keep;
  }
}

TEST(Survivors, sharesCountTheChosenCells) {
  const Comparison comparison = twoMethods();
  const std::vector<double> all = survivalShares(comparison, {Regime::PostHoc, "taylor", 2, std::nullopt});
  EXPECT_EQ((std::vector<double>{all[0], all[1], all[2], all[3]}), (std::vector<double>{0.5, 1, 0.5, 0}));
  const std::vector<double> one = survivalShares(comparison, {Regime::PostHoc, "taylor", 2, 2});
  EXPECT_EQ((std::vector<double>{one[0], one[1], one[2]}), (std::vector<double>{0, 1, 1}));
  EXPECT_TRUE(survivalShares(comparison, {Regime::PostHoc, "taylor", 2, 3}).empty());
  EXPECT_TRUE(survivalShares(comparison, {Regime::Joint, "taylor", 2, std::nullopt}).empty());
}

TEST(Survivors, ranksAreMeansOverTheCellsThatHaveScores) {
  Comparison comparison = twoMethods();
  const CellChoice taylor{Regime::PostHoc, "taylor", 2, std::nullopt};
  EXPECT_TRUE(meanRanks(comparison, taylor).empty());
  for (int head = 0; head < 12; ++head) comparison.cells[0].scores.push_back(-head);
  EXPECT_EQ(meanRanks(comparison, taylor)[3], 4);
  for (int head = 0; head < 12; ++head) comparison.cells[1].scores.push_back(head);
  EXPECT_EQ(meanRanks(comparison, taylor)[3], 6.5);
}

TEST(Survivors, overlapIsBetweenMethodsAndOnTheDiagonalBetweenSeeds) {
  const OverlapMatrix methods = overlapOfMethods(twoMethods(), Regime::PostHoc, 2);
  ASSERT_EQ(methods.choices.size(), 2U);
  EXPECT_EQ(methods.choices[0].method, "confidence");
  EXPECT_TRUE(std::isnan(methods.at(0, 0)));  // one seed
  EXPECT_DOUBLE_EQ(methods.at(1, 1), 1.0 / 3);
  EXPECT_DOUBLE_EQ(methods.at(0, 1), (1.0 / 3 + 1) / 2);
  EXPECT_DOUBLE_EQ(methods.at(0, 1), methods.at(1, 0));
  EXPECT_DOUBLE_EQ(methods.chance, chanceJaccard(2, 12));
  const OverlapMatrix seeds = overlapOfSeeds(twoMethods(), Regime::PostHoc, 2);
  ASSERT_EQ(seeds.choices.size(), 3U);
  EXPECT_EQ(seeds.choices[2].seed, 2U);
  EXPECT_DOUBLE_EQ(seeds.at(0, 2), 1);
  EXPECT_DOUBLE_EQ(seeds.at(1, 2), 1.0 / 3);
}

TEST(Survivors, depthsAreThirdsOfTheLayers) {
  EXPECT_EQ(keptByDepth(HeadMask(layoutOf(6))), (DepthThirds{8, 8, 8}));
  EXPECT_EQ(keptByDepth(HeadMask(layoutOf(4))), (DepthThirds{4, 8, 4}));
  EXPECT_EQ(keptByDepth(HeadMask(layoutOf(1))), (DepthThirds{0, 4, 0}));
  EXPECT_EQ(keptByDepth(keeping(layoutOf(3), {0, 1, 5, 11})), (DepthThirds{2, 1, 1}));
  // Every stack has a depth of its own.
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < 3; ++layer) blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, 2, 2});
  for (int layer = 0; layer < 6; ++layer) blocks.push_back({{Stack::Decoder, AttentionKind::Cross, layer}, 1, 1});
  EXPECT_EQ(keptByDepth(HeadMask(HeadLayout(blocks))), (DepthThirds{4, 4, 4}));
}

TEST(Survivors, ordersAgreeByKendallsTau) {
  Comparison comparison = twoMethods();
  const std::vector<double> up{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  std::vector<double> down(up.rbegin(), up.rend()), swapped = up;
  std::swap(swapped[0], swapped[1]);  // one pair of 66 the other way round
  comparison.cells[0].scores = up;
  comparison.cells[1].scores = swapped;
  comparison.cells[2].scores = down;
  comparison.cells.push_back(cellOf("a-star", 1, keeping(comparison.layout, {0, 1})));  // gives a mask only
  const OverlapMatrix matrix = agreementOfOrders(comparison, Regime::PostHoc, 2);
  ASSERT_EQ(matrix.choices.size(), 2U);
  EXPECT_EQ(matrix.choices[0].method, "confidence");
  EXPECT_TRUE(std::isnan(matrix.at(0, 0))) << "one seed";
  const double near = 1 - 2.0 / 66;
  EXPECT_DOUBLE_EQ(matrix.at(1, 1), near);
  EXPECT_DOUBLE_EQ(matrix.at(0, 1), (-1 - near) / 2);
  EXPECT_EQ(matrix.at(1, 0), matrix.at(0, 1));
  EXPECT_EQ(matrix.chance, 0);
}

TEST(Survivors, depthRowsAreMeansOverSeeds) {
  Comparison comparison = twoMethods();
  comparison.cells[1].mask = keeping(comparison.layout, {1, 4});
  const std::vector<DepthRow> rows = depthRows(comparison, Regime::PostHoc, 2);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].method, "taylor");
  EXPECT_EQ(rows[1].kept, (DepthThirds{1.5, 0.5, 0}));
}

TEST(Survivors, namesWhatIsDone) {
  const Comparison comparison = twoMethods();
  EXPECT_EQ(keepsOf(comparison, Regime::PostHoc), (std::vector<int>{2}));
  EXPECT_TRUE(keepsOf(comparison, Regime::Recovered).empty());
  EXPECT_EQ(methodsOf(comparison, Regime::PostHoc, 2), (std::vector<std::string>{"confidence", "taylor"}));
  EXPECT_EQ(seedsOf(comparison, Regime::PostHoc, 2, "taylor"), (std::vector<std::uint64_t>{1, 2}));
}

TEST(EffectiveBlocks, countBlocksThatAreEquallyFull) {
  const HeadLayout layout = layoutOf(3);
  EXPECT_EQ(effectiveBlocks(HeadMask(layout, false)), 0);
  EXPECT_DOUBLE_EQ(effectiveBlocks(HeadMask(layout)), 3);
  EXPECT_DOUBLE_EQ(effectiveBlocks(keeping(layout, {0, 1, 2})), 1);
  EXPECT_NEAR(effectiveBlocks(keeping(layout, {0, 1, 4, 5})), 2, 1e-12);
  const double uneven = effectiveBlocks(keeping(layout, {0, 1, 2, 4}));
  EXPECT_GT(uneven, 1);
  EXPECT_LT(uneven, 2);
}

}  // namespace
}  // namespace headroom
