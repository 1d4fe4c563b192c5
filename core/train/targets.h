// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/data/language_metrics.h"
#include "core/model/torch_api.h"

namespace headroom {

/// What a batch is judged by, on the device; one of them is there.
struct Targets {
  torch::Tensor classes;   ///< int64 [rows]
  torch::Tensor tokens{};  ///< int64 [rows, length], kNoTarget = not judged
  torch::Tensor values{};  ///< float [rows]: numbers to be met
  torch::Tensor spans{};   ///< int64 [rows, 2]: first and last token of an answer
};

/// Mean cross entropy of the logits ([rows, classes], [rows, length, vocabulary], or [rows, length, 2] for answers,
/// where it is the mean of first and last token), nat; `smoothing` is the share of the targets' probability that is
/// spread over all choices. Of numbers ([rows, 1]) the mean squared error.
[[nodiscard]] torch::Tensor taskLoss(const torch::Tensor& logits, const Targets& targets, double smoothing = 0);

/// How one row did: sums over its judged tokens; a class, a number (right within 0.5) or an answer counts as one.
/// `predicted` is the class, -1 for anything else; `value` the number.
struct RowScore {
  WindowScore score;
  int predicted = -1;
  double value = 0;
};
/// Logits that are no numbers have a loss that is none.
[[nodiscard]] std::vector<RowScore> scoreRows(const torch::Tensor& logits, const Targets& targets);

}  // namespace headroom
