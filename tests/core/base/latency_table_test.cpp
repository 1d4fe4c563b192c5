// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/latency_table.h"

#include <gtest/gtest.h>

#include "core/base/error.h"

namespace headroom {
namespace {

BlockCosts costs(const std::string& group, std::vector<int> heads, std::vector<double> ms) {
  BlockCosts made;
  made.group = group;
  made.heads = std::move(heads);
  made.ms = std::move(ms);
  made.fit();
  return made;
}

TEST(BlockCosts, lieOnTheLineBetweenWhatWasMeasured) {
  const BlockCosts block = costs("encoder.self", {0, 1, 4, 8}, {0, 3, 6, 10});
  EXPECT_DOUBLE_EQ(block.at(0, 0), 0);
  EXPECT_DOUBLE_EQ(block.at(1, 1), 3);
  EXPECT_DOUBLE_EQ(block.at(2, 2), 4);
  EXPECT_DOUBLE_EQ(block.at(6, 6), 8);
  EXPECT_THROW((void)block.at(9, 9), Error);
}

TEST(BlockCosts, separateWhatABlockCostsFromWhatAHeadCosts) {
  const BlockCosts block = costs("encoder.self", {0, 1, 2, 3, 4}, {0, 2.5, 3, 3.5, 4});
  EXPECT_NEAR(block.intercept, 2, 1e-12);
  EXPECT_NEAR(block.slope, 0.5, 1e-12);
  const BlockCosts single = costs("encoder.self", {0, 1}, {0, 2});
  EXPECT_NEAR(single.intercept, 2, 1e-12);
  EXPECT_EQ(single.slope, 0);
}

TEST(BlockCosts, countKeyValueHeadsBeyondTheFewest) {
  BlockCosts block = costs("decoder.self", {0, 2, 4}, {0, 2, 4});
  block.groupSize = 2;
  block.keyValueMs = 0.5;
  EXPECT_DOUBLE_EQ(block.at(2, 1), 2);
  EXPECT_DOUBLE_EQ(block.at(2, 2), 2.5);
}

LatencyTable translator() {
  LatencyTable table;
  table.blocks = {costs("encoder.self", {0, 1, 2}, {0, 1, 2}), costs("decoder.self", {0, 1, 2}, {0, 10, 20}),
                  costs("decoder.cross", {0, 1, 2}, {0, 100, 200})};
  table.rests = {{Stack::Encoder, 2, 0.25}, {Stack::Decoder, 1, 0.5}};
  table.endsMs = 0.125;
  return table;
}

TEST(LatencyTables, addUpEveryBlockAndTheRest) {
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2},
                           {{Stack::Encoder, AttentionKind::Self, 1}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Self, 0}, 2, 2},
                           {{Stack::Decoder, AttentionKind::Cross, 0}, 2, 2}});
  HeadMask mask(layout, false);
  EXPECT_DOUBLE_EQ(translator().predict(mask), 0.125 + 0.5 + 0.5);
  mask.set(HeadId{1, 0}, true);
  mask.set(HeadId{2, 1}, true);
  mask.set(HeadId{3, 0}, true);
  mask.set(HeadId{3, 1}, true);
  EXPECT_DOUBLE_EQ(translator().predictAttention(mask), 1 + 10 + 200);
  EXPECT_DOUBLE_EQ(translator().predict(mask), 1.125 + 211);
}

TEST(LatencyTables, sayUnderWhatTheyWereMeasured) {
  LatencyTable table;
  table.settings = {2, 8, 30, 1};
  EXPECT_EQ(table.conditions(), "batch 2 x 8");
  table.dtype = "float32";
  table.device = "CPU, 2 threads";
  table.machine = "hal";
  table.threads = 2;
  table.libtorch = "2.6.0";
  EXPECT_EQ(table.conditions(), "batch 2 x 8, float32, CPU, 2 threads, hal, LibTorch 2.6.0");
  EXPECT_TRUE(table.measuredOn("hal", "CPU, 2 threads", 2));
  EXPECT_FALSE(table.measuredOn("other", "CPU, 2 threads", 2));
  EXPECT_FALSE(table.measuredOn("hal", "CUDA 0", 2));
  EXPECT_FALSE(table.measuredOn("hal", "CPU, 2 threads", 1));
}

TEST(LatencyTables, refuseKindsOfAttentionThatWereNotMeasured) {
  LatencyTable table = translator();
  table.blocks.pop_back();
  const HeadLayout layout({{{Stack::Decoder, AttentionKind::Cross, 0}, 2, 2}});
  EXPECT_THROW((void)table.predict(HeadMask(layout)), Error);
}

}  // namespace
}  // namespace headroom
