// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/parameters.h"
#include "core/model/torch_api.h"

namespace headroom {

/// AdamW (beta1 0.9, eps 1e-8, decoupled decay) over all weights at once. The weights, their gradients and their
/// moments are moved into four flat tensors of which each weight is a view: one pass over memory instead of a hundred
/// small ones. Biases and norms come last and are not decayed.
class WeightOptimiser {
 public:
  /// Makes the weights require gradients. With `decayAll` the decay covers biases and norms too.
  WeightOptimiser(Parameters& parameters, double weightDecay, bool decayAll = false, double beta2 = 0.999);
  ~WeightOptimiser();
  WeightOptimiser(const WeightOptimiser&) = delete;
  WeightOptimiser& operator=(const WeightOptimiser&) = delete;

  void zeroGradients() { m_gradients.zero_(); }
  /// Euclidean norm of the whole gradient.
  [[nodiscard]] double gradientNorm() const;
  void scaleGradients(double factor) { m_gradients.mul_(factor); }
  void step(double rate);

  /// [weights], in the optimiser's own order: for checkpoints.
  [[nodiscard]] const torch::Tensor& firstMoment() const { return m_first; }
  [[nodiscard]] const torch::Tensor& secondMoment() const { return m_second; }
  [[nodiscard]] std::int64_t steps() const { return m_steps; }
  void restore(const torch::Tensor& first, const torch::Tensor& second, std::int64_t steps);

 private:
  std::vector<torch::Tensor> m_weights;
  torch::Tensor m_values, m_gradients, m_first, m_second;
  std::int64_t m_decayed = 0;  ///< the first so many values are decayed
  double m_weightDecay, m_beta2;
  std::int64_t m_steps = 0;
};

}  // namespace headroom
