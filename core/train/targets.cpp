// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/targets.h"

#include <cmath>

#include "core/data/dataset.h"

namespace headroom {

namespace {

constexpr double kNearEnough = 0.5;

std::vector<RowScore> scoreValues(const torch::Tensor& logits, const torch::Tensor& values) {
  const torch::Tensor found = logits.squeeze(-1).to(torch::kCPU, torch::kFloat64),
                      wanted = values.to(torch::kCPU, torch::kFloat64);
  std::vector<RowScore> scores;
  for (std::int64_t row = 0; row < found.size(0); ++row) {
    const auto value = found[row].item<double>(), error = value - wanted[row].item<double>();
    scores.push_back({{error * error, 1, std::abs(error) <= kNearEnough ? 1 : 0}, -1, value});
  }
  return scores;
}

std::vector<RowScore> scoreSpans(const torch::Tensor& logits, const torch::Tensor& spans) {
  const torch::Tensor wide = logits.to(torch::kFloat32);
  const torch::Tensor logs = torch::log_softmax(wide, 1).gather(1, spans.unsqueeze(1)).squeeze(1);  // [rows, 2]
  const torch::Tensor losses = logs.mean(1).neg().to(torch::kCPU, torch::kFloat64),
                      right = wide.argmax(1).eq(spans).all(1).to(torch::kCPU);
  std::vector<RowScore> scores;
  for (std::int64_t row = 0; row < losses.size(0); ++row) {
    const auto loss = losses[row].item<double>();
    scores.push_back({{loss, 1, right[row].item<bool>() ? 1 : 0}, -1, 0});
  }
  return scores;
}

}  // namespace

torch::Tensor taskLoss(const torch::Tensor& logits, const Targets& targets, double smoothing) {
  if (targets.classes.defined())
    return torch::cross_entropy_loss(logits, targets.classes, {}, at::Reduction::Mean, kNoTarget, smoothing);
  if (targets.values.defined()) return torch::mse_loss(logits.squeeze(-1), targets.values);
  if (targets.spans.defined()) {
    const auto part = [&](std::int64_t which) {
      return torch::cross_entropy_loss(logits.select(-1, which), targets.spans.select(1, which), {},
                                       at::Reduction::Mean, kNoTarget, smoothing);
    };
    return (part(0) + part(1)) / 2;
  }
  return torch::cross_entropy_loss(logits.flatten(0, 1), targets.tokens.flatten(), {}, at::Reduction::Mean, kNoTarget,
                                   smoothing);
}

std::vector<RowScore> scoreRows(const torch::Tensor& logits, const Targets& targets) {
  if (targets.values.defined()) return scoreValues(logits, targets.values);
  if (targets.spans.defined()) return scoreSpans(logits, targets.spans);
  // [rows, length, choices]: a class is a text of one token.
  const bool classes = targets.classes.defined();
  const torch::Tensor choices = classes ? logits.unsqueeze(1) : logits;
  const torch::Tensor wanted = classes ? targets.classes.unsqueeze(1) : targets.tokens;
  const torch::Tensor judged = wanted.ne(kNoTarget);
  const torch::Tensor picked =
      torch::log_softmax(choices.to(torch::kFloat32), -1).gather(-1, wanted.clamp_min(0).unsqueeze(-1)).squeeze(-1);
  const torch::Tensor best = choices.argmax(-1);
  const torch::Tensor losses = (-picked * judged).sum(1, false, torch::kFloat64).to(torch::kCPU);
  const torch::Tensor counts = judged.sum(1).to(torch::kCPU), right = (best.eq(wanted) & judged).sum(1).to(torch::kCPU);
  const torch::Tensor first = best.select(1, 0).to(torch::kCPU);
  std::vector<RowScore> scores;
  for (std::int64_t row = 0; row < losses.size(0); ++row) {
    const auto loss = losses[row].item<double>();
    scores.push_back({{loss, counts[row].item<std::int64_t>(), right[row].item<std::int64_t>()},
                      classes ? static_cast<int>(first[row].item<std::int64_t>()) : -1,
                      0});
  }
  return scores;
}

}  // namespace headroom
