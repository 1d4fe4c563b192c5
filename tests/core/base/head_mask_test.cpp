// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/head_mask.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace headroom {
namespace {

HeadLayout uneven() {
  const auto block = [](int layer, int heads) {
    return AttentionBlock{.id = {Stack::Encoder, AttentionKind::Self, layer}, .heads = heads, .kvHeads = heads};
  };
  return HeadLayout({block(0, 3), block(1, 0), block(2, 2)});
}

TEST(HeadLayout, flattensAndFindsHeadsAcrossEmptyBlocks) {
  const HeadLayout layout = uneven();
  EXPECT_EQ(layout.headCount(), 5);
  EXPECT_EQ(layout.widestBlock(), 3);
  for (int flat = 0; flat < layout.headCount(); ++flat) EXPECT_EQ(layout.flat(layout.at(flat)), flat);
  EXPECT_EQ(layout.at(3), (HeadId{2, 0}));
  EXPECT_TRUE(layout.contains({2, 1}));
  EXPECT_FALSE(layout.contains({1, 0}));
  EXPECT_FALSE(layout.contains({3, 0}));
  EXPECT_FALSE(layout.contains({0, -1}));
}

TEST(HeadLayout, namesBlocksAsMaskFilesDo) {
  EXPECT_EQ(blockGroupName({Stack::Decoder, AttentionKind::Cross, 2}), "decoder.cross");
  EXPECT_EQ(blockLabel({Stack::Encoder, AttentionKind::Self, 2}, true), "layer 2");
  EXPECT_EQ(blockLabel({Stack::Decoder, AttentionKind::Cross, 2}, false), "cross 2");
  EXPECT_TRUE(uneven().onlyOneKind());
  EXPECT_EQ(HeadLayout().headCount(), 0);
}

TEST(HeadMask, countsKeptHeads) {
  HeadMask mask(uneven());
  EXPECT_TRUE(mask.all());
  mask.set({2, 0}, false);
  mask.set({2, 1}, false);
  EXPECT_EQ(mask.keptCount(), 3);
  EXPECT_EQ(mask.keptIn(2), 0);
  EXPECT_EQ(mask.liveBlocks(), 1);
  EXPECT_DOUBLE_EQ(mask.sparsity(), 0.4);
}

TEST(HeadMask, hashTellsMasksAndLayoutsApart) {
  HeadMask a(uneven()), b(uneven());
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_EQ(a.hash().size(), 16u);
  b.set(0, false);
  EXPECT_NE(a.hash(), b.hash());
  const HeadLayout flat({{.id = {}, .heads = 5, .kvHeads = 5}});
  EXPECT_NE(a.hash(), HeadMask(flat).hash());
}

TEST(HeadMask, keepTopBreaksTiesByIndex) {
  const std::vector<double> scores{1, 3, 1, 3, 2};
  const HeadMask mask = keepTop(uneven(), scores, 4);
  EXPECT_EQ(std::vector<std::uint8_t>(mask.bytes().begin(), mask.bytes().end()),
            (std::vector<std::uint8_t>{1, 1, 0, 1, 1}));
  EXPECT_EQ(keepOrder(scores), (std::vector<int>{1, 3, 4, 0, 2}));
  EXPECT_EQ(keepTop(uneven(), scores, 0).keptCount(), 0);
  EXPECT_TRUE(keepTop(uneven(), scores, 5).all());
}

TEST(HeadMask, refusesImpossibleCounts) {
  const std::vector<double> scores(5, 0.0), fewer(4, 0.0);
  EXPECT_THROW((void)keepTop(uneven(), scores, 6), Error);
  EXPECT_THROW((void)keepTop(uneven(), scores, -1), Error);
  EXPECT_THROW((void)keepTop(uneven(), fewer, 2), Error);
  EXPECT_THROW((void)keepRandom(uneven(), 6, 1), Error);
}

TEST(HeadMask, randomMasksAreFixedByTheirSeed) {
  EXPECT_EQ(keepRandom(uneven(), 2, 5), keepRandom(uneven(), 2, 5));
  EXPECT_EQ(keepRandom(uneven(), 2, 5).keptCount(), 2);
  bool differ = false;
  for (std::uint64_t seed = 0; seed < 8; ++seed)
    differ = differ || !(keepRandom(uneven(), 2, seed) == keepRandom(uneven(), 2, 5));
  EXPECT_TRUE(differ);
}

TEST(HeadMask, giniGrowsWithConcentration) {
  const HeadLayout layout({{.id = {}, .heads = 2, .kvHeads = 2}, {.id = {}, .heads = 2, .kvHeads = 2}});
  EXPECT_DOUBLE_EQ(giniOfBlocks(HeadMask(layout)), 0);
  HeadMask one(layout, false);
  EXPECT_DOUBLE_EQ(giniOfBlocks(one), 0);
  one.set({0, 0}, true);
  EXPECT_DOUBLE_EQ(giniOfBlocks(one), 0.5);
}

}  // namespace
}  // namespace headroom
