// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// Differentiable subset pruning (Li, Cotterell & Sachan 2021): each step draws a soft choice of exactly K heads, K
/// softmaxes over noisy scores one after the other; their temperature falls until the choice is hard. logAlpha() are
/// the scores. openProbabilities() estimates how often a draw has the head: its mean gate over about the last 50 draws
/// (in a run of fewer than 500 steps a tenth of it), each older one counting less; K / N before the first. Their sum is
/// K.
[[nodiscard]] std::unique_ptr<GateMethod> makeDsp(const HeadLayout& layout, const TrainSettings& settings,
                                                  const RunLength& length);

/// One draw of soft top-K gates, and how its gradient comes back.
class SoftTopK {
 public:
  /// Gates of the noisy scores at a temperature; they sum to `keep`.
  [[nodiscard]] std::vector<double> forward(std::span<const double> noisy, int keep, double temperature);
  /// d loss / d noisy scores of the last draw.
  [[nodiscard]] std::vector<double> backward(std::span<const double> gateGradient) const;

 private:
  std::vector<std::vector<double>> m_choices;  ///< the softmax of every round
  double m_temperature = 1;
};

/// P(the `keep` largest of the scores with Gumbel noise are the `keep` largest of the scores themselves): how often a
/// cold draw is the choice that stays.
[[nodiscard]] double topKProbability(std::span<const double> scores, int keep);

}  // namespace headroom
