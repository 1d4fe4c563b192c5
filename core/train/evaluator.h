// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/snapshots.h"
#include "core/data/dataset.h"
#include "core/model/torch_api.h"
#include "core/model/transformer.h"

namespace headroom {

/// One micro-batch on the device, with what is needed to judge it.
struct EvaluationBatch {
  ModelInput input;
  std::vector<int> examples;  ///< indices into the data set
  std::vector<std::int64_t> labels;
};

/// Results gathered so far for one model on a data set.
struct Tally {
  CorrectBits correct;       ///< by data set index
  std::vector<std::uint8_t> seen;
  std::int64_t examples = 0;
  std::int64_t right = 0;
  double lossSum = 0;  ///< nat
};

/// A data set cut into micro-batches in a fixed, label-stratified order, the same for every mask.
class EvaluationSet {
 public:
  /// Micro-batches are sized so that one takes about a quarter of a second at most.
  EvaluationSet(const Dataset& data, const ModelConfig& config, torch::Device device);

  [[nodiscard]] const std::vector<EvaluationBatch>& batches() const { return m_batches; }
  [[nodiscard]] std::int64_t exampleCount() const { return m_examples; }
  [[nodiscard]] Tally emptyTally() const;
  /// Adds one micro-batch's logits [batch, labels] to a tally. Throws Error(Numerical) when they are no numbers.
  static void add(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally);

 private:
  std::vector<EvaluationBatch> m_batches;
  std::int64_t m_examples = 0;
};

/// A training or evaluation batch as tensors on the device.
[[nodiscard]] EvaluationBatch toDevice(const Dataset& data, std::span<const int> examples, int padId, torch::Device device);

/// The tally as the value that crosses threads. `full`: the unpruned model's tally; the difference is taken on the examples
/// seen by both.
[[nodiscard]] EvalResult toResult(const HeadMask& mask, const Tally& tally, std::int64_t total, const Tally* full);

}  // namespace headroom
