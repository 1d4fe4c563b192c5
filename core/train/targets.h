// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/data/language_metrics.h"
#include "core/model/torch_api.h"

namespace headroom {

/// What a batch is judged by, int64 on the device: one class a row, or one token a position (kNoTarget = not judged).
struct Targets {
  torch::Tensor classes;  ///< [rows]
  torch::Tensor tokens;   ///< [rows, length]
};

/// Mean cross entropy of the logits ([rows, classes] or [rows, length, vocabulary]), nat; `smoothing` is the share of the
/// targets' probability that is spread over all choices.
[[nodiscard]] torch::Tensor taskLoss(const torch::Tensor& logits, const Targets& targets, double smoothing = 0);

/// How one row did: sums over its judged tokens; a class counts as one. `predicted` is the class, -1 for tokens.
struct RowScore {
  WindowScore score;
  int predicted = -1;
};
/// Throws Error(Numerical) when the logits are no numbers.
[[nodiscard]] std::vector<RowScore> scoreRows(const torch::Tensor& logits, const Targets& targets);

}  // namespace headroom
