// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/dataset.h"

namespace headroom {

/// Examples of a data set by index, batch by batch.
using BatchPlan = std::vector<std::vector<int>>;

/// The batches of an epoch: every example once, lengths alike within a batch, order random. A pure function of its
/// arguments, the same on every machine: a resumed run finds its place by (epoch, batch index).
[[nodiscard]] BatchPlan epochBatches(const Dataset& data, int batchSize, std::uint64_t seed, std::int64_t epoch);

/// One batch a step, epoch after epoch. `data` must outlive it.
class TrainingBatches {
 public:
  TrainingBatches(const Dataset& data, int batchSize, std::uint64_t seed);
  /// The examples of step `step` (0-based); valid until the next call.
  [[nodiscard]] std::span<const int> at(std::int64_t step);

 private:
  const Dataset& m_data;
  int m_batchSize;
  std::uint64_t m_seed;
  std::int64_t m_epoch = -1;
  BatchPlan m_plan;  ///< of m_epoch
};

/// Micro-batches for evaluation, the same for every mask: each prefix has about the data set's share of labels, so that
/// a part of it already estimates the whole. Lengths are alike within a micro-batch.
[[nodiscard]] BatchPlan evaluationOrder(const Dataset& data, int batchSize, std::uint64_t seed);

/// Row-major arrays of `rows` x `length`, padded at the end of each row.
struct Batch {
  int rows = 0;
  int length = 0;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> mask;  ///< 1 = token, 0 = padding
  std::vector<std::int64_t> types;
  std::vector<std::int64_t> labels;  ///< one a row
  std::vector<int> examples;         ///< indices into the data set, one a row
};

[[nodiscard]] Batch makeBatch(const Dataset& data, std::span<const int> examples, int padId);

}  // namespace headroom
