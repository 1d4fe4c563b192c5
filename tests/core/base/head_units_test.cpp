// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/head_units.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using Ints = std::vector<int>;
using Doubles = std::vector<double>;

AttentionBlock block(int layer, int heads, int kvHeads, Ints kvOf = {}) {
  return {{Stack::Decoder, AttentionKind::Self, layer}, heads, kvHeads, std::move(kvOf)};
}

/// Four heads on two key/value heads; none; three heads of which two share; two heads without sharing.
const HeadLayout kLayout({block(0, 4, 2), block(1, 0, 0), block(2, 3, 2, {0, 1, 1}), block(3, 2, 2)});

TEST(HeadUnits, groupsAreKeyValueHeadsWithTheirReaders) {
  const HeadUnits groups(kLayout, "group");
  EXPECT_EQ(groups.count(), 6);
  EXPECT_EQ(groups.largest(), 2);
  EXPECT_EQ(groups.units().headsIn(2), 2);
  EXPECT_FALSE(groups.units().grouped());
  EXPECT_EQ(groups.toHeads(Doubles{1, 2, 3, 4, 5, 6}), (Doubles{1, 1, 2, 2, 3, 4, 4, 5, 6}));
  EXPECT_EQ(groups.toHeads(Ints{3, 0}), (Ints{5, 6, 0, 1}));
  EXPECT_EQ(groups.sums(Doubles{1, 2, 3, 4, 5, 6, 7, 8, 9}), (Doubles{3, 7, 5, 13, 8, 9}));
  EXPECT_EQ(groups.means(Doubles{1, 2, 3, 4, 5, 6, 7, 8, 9}), (Doubles{1.5, 3.5, 5, 6.5, 8, 9}));
}

TEST(HeadUnits, headsAreTheirOwnUnits) {
  const HeadUnits heads(kLayout, "head");
  EXPECT_EQ(heads.count(), 9);
  EXPECT_EQ(heads.largest(), 1);
  const Doubles scores{3, 1, 4, 1, 5, 9, 2, 6, 5};
  EXPECT_EQ(heads.sums(scores), scores);
  EXPECT_EQ(heads.order(scores), keepOrder(scores));
  EXPECT_EQ(heads.stops(heads.order(scores)), (Ints{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  const HeadMask mask = keepRandom(kLayout, 4, 1);
  EXPECT_EQ(heads.toHeads(HeadMask(mask)), mask);
}

TEST(HeadUnits, ordersStepByWholeGroups) {
  const HeadUnits groups(kLayout, "group");
  const Ints order = groups.order(Doubles{0, 4, 9, 9, 1, 0, 8, 3, 9});
  EXPECT_EQ(order, (Ints{2, 3, 8, 5, 6, 7, 0, 1, 4}));  // means 2, 9, 1, 4, 3, 9
  EXPECT_EQ(groups.stops(order), (Ints{0, 2, 3, 5, 6, 8, 9}));
}

TEST(HeadUnits, masksOfGroupsAreMasksOfHeads) {
  const HeadUnits groups(kLayout, "group");
  HeadMask units(groups.units(), false);
  units.set(1, true);
  units.set(3, true);
  const HeadMask mask = groups.toHeads(units);
  EXPECT_EQ(mask.keptCount(), 4);
  EXPECT_EQ(mask.keptKeyValueCount(), 2);
  EXPECT_TRUE(mask.kept(2) && mask.kept(3) && mask.kept(5) && mask.kept(6));
}

TEST(HeadUnits, oneReaderKeepsAKeyValueHead) {
  HeadMask mask(kLayout, false);
  EXPECT_EQ(mask.keptKeyValueCount(), 0);
  mask.set(1, true);
  EXPECT_EQ(mask.keptKeyValueCount(), 1);
  mask.set(0, true);
  EXPECT_EQ(mask.keptKeyValueCount(), 1);
  mask.set(6, true);
  EXPECT_EQ(mask.keptKeyValueCount(), 2);
  EXPECT_EQ(HeadMask(kLayout).keptKeyValueCount(), kLayout.keyValueHeadCount());
}

TEST(HeadUnits, refuseGroupsWhereNothingIsSharedAndUnknownNames) {
  const HeadLayout plain({block(0, 4, 4)});
  EXPECT_EQ(test::messageOf<Error>([&] { (void)HeadUnits(plain, "group"); }),
            "unit: found \"group\", expected head: no query heads of this model share a key/value head");
  EXPECT_EQ(test::messageOf<Error>([&] { (void)HeadUnits(kLayout, "layer"); }),
            "unit: found \"layer\", expected head or group");
}

}  // namespace
}  // namespace headroom
