// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "core/model/within_memory.h"
#include "core/train/evaluator.h"

namespace headroom {

/// How large a micro-batch may be on a device whose memory turns out too small for those that were planned.
class MemoryLimit {
 public:
  /// Runs `work`, which computes on `batch`; false when the batch is too large, which is remembered: the caller goes on
  /// with its halves. Throws Error when memory does not even hold one example.
  [[nodiscard]] bool fits(const EvaluationBatch& batch, const std::function<void()>& work);
  [[nodiscard]] std::int64_t rows() const { return m_rows; }

 private:
  std::int64_t m_rows = std::numeric_limits<std::int64_t>::max();
};

/// The first and the second half of a micro-batch of at least two examples.
[[nodiscard]] std::array<EvaluationBatch, 2> halves(const EvaluationBatch& batch);
/// Places of micro-batches whose rows are equally long, at most `most` of them in each group; every place occurs once.
[[nodiscard]] std::vector<std::vector<size_t>> alikeBatches(const EvaluationBatches& batches, size_t most);
/// The rows of all micro-batches at `places`, which must be equally long, as one.
[[nodiscard]] EvaluationBatch joined(const EvaluationBatches& batches, const std::vector<size_t>& places);
/// Adds what a model says of a micro-batch to `tally`, in parts where memory does not hold it whole. Needs no
/// gradients.
void addBatch(const EvaluationSet& data, const EvaluationBatch& batch, const Transformer& model,
              const ForwardOptions& options, MemoryLimit& memory, Tally& tally);

}  // namespace headroom
