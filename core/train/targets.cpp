// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/targets.h"

#include <cmath>

#include "core/base/error.h"
#include "core/data/dataset.h"

namespace headroom {

torch::Tensor taskLoss(const torch::Tensor& logits, const Targets& targets, double smoothing) {
  if (targets.classes.defined()) return torch::cross_entropy_loss(logits, targets.classes, {}, at::Reduction::Mean, kNoTarget, smoothing);
  return torch::cross_entropy_loss(logits.flatten(0, 1), targets.tokens.flatten(), {}, at::Reduction::Mean, kNoTarget, smoothing);
}

std::vector<RowScore> scoreRows(const torch::Tensor& logits, const Targets& targets) {
  // [rows, length, choices]: a class is a text of one token.
  const bool classes = targets.classes.defined();
  const torch::Tensor choices = classes ? logits.unsqueeze(1) : logits;
  const torch::Tensor wanted = classes ? targets.classes.unsqueeze(1) : targets.tokens;
  const torch::Tensor judged = wanted.ne(kNoTarget);
  const torch::Tensor picked = torch::log_softmax(choices.to(torch::kFloat32), -1).gather(-1, wanted.clamp_min(0).unsqueeze(-1)).squeeze(-1);
  const torch::Tensor best = choices.argmax(-1);
  const torch::Tensor losses = (-picked * judged).sum(1, false, torch::kFloat64).to(torch::kCPU);
  const torch::Tensor counts = judged.sum(1).to(torch::kCPU), right = (best.eq(wanted) & judged).sum(1).to(torch::kCPU);
  const torch::Tensor first = best.select(1, 0).to(torch::kCPU);
  std::vector<RowScore> scores;
  for (std::int64_t row = 0; row < losses.size(0); ++row) {
    const auto loss = losses[row].item<double>();
    if (!std::isfinite(loss))
      throw Error(ErrorKind::Numerical, "evaluation: found logits that are no numbers; the model's weights have diverged");
    scores.push_back({{loss, counts[row].item<std::int64_t>(), right[row].item<std::int64_t>()}, classes ? static_cast<int>(first[row].item<std::int64_t>()) : -1});
  }
  return scores;
}

}  // namespace headroom
