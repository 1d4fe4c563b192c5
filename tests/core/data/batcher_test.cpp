// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/batcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.h"

namespace headroom {
namespace {

/// `count` examples; one in `every` has label 1, sorted by label, lengths 3 to 42.
Dataset sorted(int count, int every) {
  Dataset data;
  data.labels = {"no", "yes"};
  for (int i = 0; i < count; ++i) {
    Example example;
    example.label = i < count / every ? 1 : 0;
    example.ids.assign(static_cast<size_t>(3 + (i * 7919) % 40), 5);
    example.types.assign(example.ids.size(), 0);
    data.examples.push_back(example);
  }
  return data;
}

std::vector<int> flat(const BatchPlan& plan) {
  std::vector<int> all;
  for (const auto& batch : plan) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

/// Share of the cells that are padding.
double padding(const Dataset& data, const BatchPlan& plan) {
  double cells = 0, tokens = 0;
  for (const auto& batch : plan) {
    const Batch arrays = makeBatch(data, batch, 0);
    cells += static_cast<double>(arrays.mask.size());
    tokens += static_cast<double>(std::count(arrays.mask.begin(), arrays.mask.end(), 1));
  }
  return 1 - tokens / cells;
}

TEST(EpochBatches, holdEveryExampleOnceAndAtMostOneSmallBatch) {
  const Dataset data = sorted(1003, 4);
  const BatchPlan plan = epochBatches(data, 8, 1, 0);
  std::vector<int> all = flat(plan);
  EXPECT_EQ(all.size(), 1003u);
  EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 1003u);
  EXPECT_EQ(std::count_if(plan.begin(), plan.end(), [](const auto& batch) { return batch.size() != 8; }), 1);
}

TEST(EpochBatches, areAPureFunctionOfSeedAndEpoch) {
  const Dataset data = sorted(500, 4);
  EXPECT_EQ(epochBatches(data, 8, 3, 2), epochBatches(data, 8, 3, 2));
  EXPECT_NE(epochBatches(data, 8, 3, 2), epochBatches(data, 8, 3, 1));
  EXPECT_NE(epochBatches(data, 8, 3, 2), epochBatches(data, 8, 4, 2));
}

TEST(EpochBatches, areTheSameOnEveryMachine) {
  const Dataset data = sorted(10, 2);
  const BatchPlan expected{{6, 5, 4, 3}, {0, 9, 8, 7}, {2, 1}};
  EXPECT_EQ(epochBatches(data, 4, 7, 0), expected);
}

TEST(EpochBatches, padLittleAndDoNotRunFromShortToLong) {
  const Dataset data = sorted(4000, 4);
  const BatchPlan plan = epochBatches(data, 16, 1, 0);
  EXPECT_LT(padding(data, plan), 0.05);
  double firstHalf = 0, secondHalf = 0;
  for (size_t i = 0; i < plan.size(); ++i) {
    const double length = makeBatch(data, plan[i], 0).length;
    (i < plan.size() / 2 ? firstHalf : secondHalf) += length;
  }
  EXPECT_NEAR(firstHalf / secondHalf, 1, 0.15);
}

TEST(EvaluationOrder, everyPrefixHasAboutTheLabelShares) {
  const Dataset data = sorted(2000, 5);
  const std::vector<int> order = flat(evaluationOrder(data, 16, 1));
  EXPECT_EQ(std::set<int>(order.begin(), order.end()).size(), 2000u);
  int ones = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    ones += data.examples[static_cast<size_t>(order[i])].label;
    const double seen = static_cast<double>(i + 1);
    const bool runEnds = i + 1 == 64 || i + 1 == 128 || i + 1 == 256;  // there it is exact up to rounding
    EXPECT_NEAR(ones, seen / 5, runEnds ? 1.0 : 20.0) << seen;
  }
}

TEST(EvaluationOrder, isFixedAndPadsLittle) {
  const Dataset data = sorted(2000, 5);
  EXPECT_EQ(evaluationOrder(data, 16, 1), evaluationOrder(data, 16, 1));
  EXPECT_LT(padding(data, evaluationOrder(data, 16, 1)), 0.1);
}

TEST(MakeBatch, padsRowsAtTheirEnd) {
  Dataset data;
  data.examples = {{.ids = {2, 9, 3}, .types = {0, 0, 0}, .label = 1, .text = "", .second = "", .line = 0},
                   {.ids = {2, 7, 3, 8, 3}, .types = {0, 0, 0, 1, 1}, .label = 0, .text = "", .second = "", .line = 0}};
  const Batch batch = makeBatch(data, std::vector<int>{0, 1}, 4);
  EXPECT_EQ(batch.rows, 2);
  EXPECT_EQ(batch.length, 5);
  EXPECT_EQ(batch.ids, (std::vector<std::int64_t>{2, 9, 3, 4, 4, 2, 7, 3, 8, 3}));
  EXPECT_EQ(batch.mask, (std::vector<std::int64_t>{1, 1, 1, 0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(batch.types, (std::vector<std::int64_t>{0, 0, 0, 0, 0, 0, 0, 0, 1, 1}));
  EXPECT_EQ(batch.labels, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(batch.examples, (std::vector<int>{0, 1}));
}

TEST(Batches, emptyDataAndBadSizes) {
  EXPECT_TRUE(epochBatches(Dataset{}, 4, 1, 0).empty());
  EXPECT_TRUE(evaluationOrder(Dataset{}, 4, 1).empty());
  EXPECT_THROW((void)epochBatches(Dataset{}, 0, 1, 0), Error);
  EXPECT_EQ(makeBatch(Dataset{}, {}, 0).rows, 0);
}

}  // namespace
}  // namespace headroom
