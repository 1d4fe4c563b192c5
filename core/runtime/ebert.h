// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/snapshots.h"
#include "core/runtime/runtime_gates.h"

namespace headroom {

/// EBERT (Liu et al. 2021), its head part: in every layer a small network looks at the layer's input (the mean of the
/// tokens in the first layer, the first token afterwards) and says which heads this input needs. Networks and weights
/// are trained together: drawn gates are hard, gradients pass straight through, and the loss pulls the share of kept
/// heads, in all and in every layer, to K / N.
class HeadPredictors : public RuntimeGates {
 public:
  HeadPredictors(const ModelConfig& config, std::uint64_t seed, torch::Device device);

  void begin(const EvaluationBatch& batch) override;
  [[nodiscard]] torch::Tensor gates(int layer, const torch::Tensor& input, const torch::Tensor& outputs) override;

  /// While training gates are drawn, by LibTorch's default generator.
  void train(bool on) { m_training = on; }
  /// From here on a head is kept whose logit is at least this (0 as published).
  void keepFrom(double logit) { m_threshold = logit; }
  /// The logits of the last pass, one [rows, heads] a layer.
  [[nodiscard]] const std::vector<torch::Tensor>& logits() const { return m_logits; }
  /// What is trained.
  [[nodiscard]] Parameters& parameters() { return m_parameters; }

 private:
  struct Network {
    torch::Tensor inWeight, inBias, scale, shift, outWeight, outBias;
    torch::Tensor mean, variance;  ///< running, of the batch normalisation
  };
  std::vector<Network> m_networks;
  Parameters m_parameters;
  torch::Tensor m_mask;
  std::vector<torch::Tensor> m_logits;
  bool m_training = false;
  double m_threshold = 0;
};

struct EbertTraining {
  Transformer model;  ///< with the weights that were trained beside the predictors
  std::unique_ptr<HeadPredictors> predictors;
  std::int64_t steps = 0;
  int calibrationPasses = 0;  ///< over the calibration data, for the threshold
};
/// Trains a copy of the model with `settings` (method and gate settings apart). Afterwards the predictors keep K heads
/// an example in the mean over `calibration`, off by 1 % at most unless 16 passes find no such threshold. Throws
/// Error(Numerical) when the loss is no number.
[[nodiscard]] EbertTraining trainPredictors(const Transformer& model, const Dataset& data,
                                            const EvaluationSet& calibration, const TrainSettings& settings,
                                            const BatchSettings& batches, const JobContext& context);

}  // namespace headroom
