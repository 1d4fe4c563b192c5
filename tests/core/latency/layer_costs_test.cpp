// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/latency/layer_costs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/latency/interleaved.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

LatencySettings quick() {
  LatencySettings settings;
  settings.batch = 2;
  settings.length = 12;
  settings.secondsAtMost = 0.1;
  return settings;
}

TEST(Interleaved, runsEveryWorkOnceARoundAndKeepsTheLowQuantile) {
  std::vector<int> runs(3);
  std::vector<std::function<void()>> work;
  for (size_t i = 0; i < runs.size(); ++i)
    work.push_back([&runs, i] {
      ++runs[i];
      volatile double sum = 0;
      for (int k = 0; k < 200000 * static_cast<int>(i + 1); ++k) sum = sum + 1;
    });
  const InterleavedTimings times = timeInterleaved(work, {torch::kCPU, 0.05, 1, "test"}, {});
  for (size_t i = 0; i < runs.size(); ++i) {
    EXPECT_EQ(times.timings[i].samples, times.timings[0].samples);
    EXPECT_GE(times.timings[i].samples, 5);
    EXPECT_GE(runs[i], times.timings[i].samples);
    EXPECT_GE(times.timings[i].median, times.timings[i].ms);
    EXPECT_GT(times.timings[i].ms, 0);
  }
  EXPECT_GT(times.timings[2].ms, times.timings[0].ms);
}

TEST(Interleaved, saysThatTheMachineIsBusy) {
  int calls = 0;
  // Every third call is much faster than the others.
  const std::function<void()> unsteady = [&calls] {
    const int length = ++calls % 3 == 0 ? 2'000'000 : 20'000'000;
    volatile double sum = 0;
    for (int k = 0; k < length; ++k) sum = sum + 1;
  };
  const InterleavedTimings times = timeInterleaved({unsteady}, {torch::kCPU, 0.05, 1, "test"}, {});
  EXPECT_NE(times.busy.find("machine too busy"), std::string::npos);
}

TEST(Interleaved, stopsWhenAsked) {
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  const std::function<void()> work = [&stop] { stop.request_stop(); };
  EXPECT_THROW((void)timeInterleaved({work}, {torch::kCPU, 60, 1, "test"}, context), Cancelled);
}

TEST(Quantile, isTheNearestRank) {
  EXPECT_EQ(quantile({5, 1, 4, 2, 3}, 0), 1);
  EXPECT_EQ(quantile({5, 1, 4, 2, 3}, 0.5), 3);
  EXPECT_EQ(quantile({5, 1, 4, 2, 3}, 1), 5);
  EXPECT_EQ(quantile({7}, 0.1), 7);
}

class TablesOf : public testing::TestWithParam<const char*> {};

TEST_P(TablesOf, haveEveryKindOfAttentionAtEveryNumberOfHeads) {
  const Transformer model = test::openTransformer(test::fixture(GetParam()));
  const LatencyTable table = measureLayerCosts(model, quick(), {});
  std::set<std::string> groups;
  for (const AttentionBlock& block : model.layout().blocks()) groups.insert(blockGroupName(block.id));
  ASSERT_EQ(table.blocks.size(), groups.size());
  for (const BlockCosts& costs : table.blocks) {
    EXPECT_EQ(groups.count(costs.group), 1u);
    EXPECT_EQ(costs.heads.front(), 0);
    EXPECT_EQ(costs.ms.front(), 0);
    EXPECT_EQ(costs.heads.size(), costs.ms.size());
  }
  int layers = 0;
  for (const LayerRest& rest : table.rests) {
    layers += rest.layers;
    EXPECT_GT(rest.ms, 0);
  }
  EXPECT_EQ(layers, model.layerCount());
  EXPECT_GT(table.endsMs, 0);
  // Whether the heads of so small a model cost anything that can be measured is up to the machine.
  EXPECT_NEAR(table.predict(HeadMask(model.layout())) - table.predict(HeadMask(model.layout(), false)),
              table.predictAttention(HeadMask(model.layout())), 1e-9);
  EXPECT_EQ(table.predictAttention(HeadMask(model.layout(), false)), 0);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, TablesOf,
                         testing::Values("bert_cls", "bert_cls_pruned", "gpt2_lm", "llama_gqa", "vit_cls", "marian_mt",
                                         "t5_seq2seq"));

TEST(TimeMasks, timesEveryMaskOfAModel) {
  const Transformer model = test::randomBert({4, 4});
  const MaskTimes times = timeMasks(model, {HeadMask(model.layout()), HeadMask(model.layout(), false)}, quick(), {});
  ASSERT_EQ(times.ms.size(), 2u);
  EXPECT_GT(times.ms[0], times.ms[1]);
}

TEST(LatencyInputs, areRefusedWhereTheModelHasNoRoom) {
  const Transformer model = test::randomBert({2});
  LatencySettings settings = quick();
  settings.length = 25;
  try {
    (void)latencyInput(model, settings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "length: found 25, expected 1 to 24 (the model's positions)");
  }
  settings.length = 24;
  EXPECT_EQ(latencyInput(model, settings).ids.sizes(), torch::IntArrayRef({2, 24}));
  settings.batch = 0;
  EXPECT_THROW((void)latencyInput(model, settings), Error);
}

}  // namespace
}  // namespace headroom
