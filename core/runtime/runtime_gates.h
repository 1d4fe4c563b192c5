// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/base/job_context.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"

namespace headroom {

/// Heads that are chosen anew for every input, while the model runs. For models with an encoder only: a decoder's
/// choice would look at tokens that are still to come.
class RuntimeGates {
 public:
  virtual ~RuntimeGates() = default;
  /// A new batch begins.
  virtual void begin(const EvaluationBatch& batch) = 0;
  /// The gates of a layer's heads for every row, [rows, heads], from the layer's input [rows, length, hidden] or its
  /// head outputs [rows, heads, length, d]. Called once a layer, from the first to the last.
  [[nodiscard]] virtual torch::Tensor gates(int layer, const torch::Tensor& input, const torch::Tensor& outputs) = 0;
};

/// Throws Error(BadInput) in the method's name unless the model is an encoder only.
void requireEncoderOnly(const ModelConfig& config, const std::string& method);

/// The whole pass with such gates; `seen` is shown every block's.
[[nodiscard]] torch::Tensor forwardWithGates(
    const Transformer& model, const EvaluationBatch& batch, RuntimeGates& gates, bool training,
    const std::function<void(int block, const torch::Tensor& gates)>& seen = {});

/// What gates of this kind did on a data set.
struct RuntimeTally {
  Tally tally;
  std::vector<double> keepFrequency;  ///< share of the examples that a head was kept for, flat order
  double meanKept = 0;                ///< heads an example
  std::int64_t masks = 0;             ///< different choices that were made
};
[[nodiscard]] RuntimeTally evaluateWithGates(const Transformer& model, RuntimeGates& gates, const EvaluationSet& data,
                                             const JobContext& context);

}  // namespace headroom
