// SPDX-License-Identifier: GPL-3.0-or-later
// Michel, Levy & Neubig 2019: |d loss / d gate| at open gates, the first-order estimate of what closing a gate does.
// Where the absolute value is taken is an option (their code: by token, their paper: by example, others: by batch), and
// so is leaving it out, which tells harmful heads from useful ones. `steps` > 1: the mean of gradients on the way from
// closed to open gates (integrated).
#include <cmath>

#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// d loss / d gate by token, one tensor [rows, heads, query] a block, with every gate at `open`.
std::vector<torch::Tensor> gateGradients(const Transformer& model, const EvaluationBatch& batch, double open) {
  std::vector<torch::Tensor> gates(static_cast<size_t>(model.layout().blockCount()));
  ForwardOptions options;
  options.outputs = [&](int block, const torch::Tensor& outputs) {
    torch::Tensor& gate = gates[static_cast<size_t>(block)];
    gate = torch::full({outputs.size(0), outputs.size(1), outputs.size(2), 1}, open, outputs.options())
               .set_requires_grad(true);
    return outputs * gate;
  };
  const torch::Tensor loss =
      taskLoss(model.forward(batch.input, options).logits, batch.targets) * static_cast<double>(batch.examples.size());
  std::vector<torch::Tensor> wanted;
  for (const torch::Tensor& gate : gates)
    if (gate.defined()) wanted.push_back(gate);
  const std::vector<torch::Tensor> found = torch::autograd::grad({loss}, wanted);
  std::vector<torch::Tensor> gradients(gates.size());
  for (size_t block = 0, next = 0; block < gates.size(); ++block)
    if (gates[block].defined()) gradients[block] = found[next++].squeeze(-1);
  return gradients;
}

/// One number a head of what a batch says.
torch::Tensor gathered(const torch::Tensor& byToken, const std::string& absolute) {
  const torch::Tensor exact = byToken.to(torch::kFloat64);
  if (absolute == "token") return exact.abs().sum(torch::IntArrayRef({0, 2}));
  if (absolute == "example") return exact.sum(2).abs().sum(0);
  if (absolute == "batch") return exact.sum(torch::IntArrayRef({0, 2})).abs();
  return -exact.sum(torch::IntArrayRef({0, 2}));
}

void normaliseBlocks(const HeadLayout& layout, std::vector<double>& values) {
  for (int block = 0; block < layout.blockCount(); ++block) {
    double squares = 0;
    for (int i = layout.firstOf(block); i < layout.firstOf(block + 1); ++i)
      squares += values[static_cast<size_t>(i)] * values[static_cast<size_t>(i)];
    for (int i = layout.firstOf(block); i < layout.firstOf(block + 1) && squares > 0; ++i)
      values[static_cast<size_t>(i)] /= std::sqrt(squares);
  }
}

}  // namespace

HeadScores taylorScores(const ScoreInput& input) {
  const HeadLayout& layout = input.model.layout();
  const ScoreOptions& options = input.options;
  HeadScores scores;
  scores.values.assign(static_cast<size_t>(layout.headCount()), 0);
  const int steps = std::max(1, options.steps);
  scores.costs = overBatches(input, "taking gradients", steps, true, [&](const EvaluationBatch& batch) {
    for (int step = 1; step <= steps; ++step) {
      input.context.checkStop();
      const double open = steps == 1 ? 1 : (step - 0.5) / steps;
      const std::vector<torch::Tensor> gradients = gateGradients(input.model, batch, open);
      for (int block = 0; block < layout.blockCount(); ++block) {
        if (!gradients[static_cast<size_t>(block)].defined()) continue;
        const torch::Tensor sums = gathered(gradients[static_cast<size_t>(block)], options.absolute).to(torch::kCPU);
        for (int head = 0; head < layout.headsIn(block); ++head)
          scores.values[static_cast<size_t>(layout.flat({block, head}))] += sums[head].item<double>();
      }
    }
  });
  for (double& value : scores.values)
    value /=
        static_cast<double>(steps) * static_cast<double>(std::max<std::int64_t>(1, input.calibration.exampleCount()));
  requireFinite(scores.values, "taylor");
  if (options.normalise) normaliseBlocks(layout, scores.values);
  return scores;
}

}  // namespace headroom
