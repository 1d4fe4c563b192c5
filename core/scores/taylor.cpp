// SPDX-License-Identifier: GPL-3.0-or-later
// Michel, Levy & Neubig 2019: |d loss / d gate| at open gates, the first-order estimate of what closing a gate does.
// Where the absolute value is taken is an option (their code: by token, their paper: by example, others: by batch), and
// so is leaving it out, which tells harmful heads from useful ones. `steps` > 1: the mean of gradients on the way from
// closed to open gates (integrated).
#include <cmath>

#include "core/scores/one_pass.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

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

/// A sum over examples, and over steps between closed and open gates, as scores.
HeadScores asMean(const ScoreInput& input, std::vector<double> sums, int steps) {
  for (double& value : sums)
    value /=
        static_cast<double>(steps) * static_cast<double>(std::max<std::int64_t>(1, input.calibration.exampleCount()));
  requireFinite(sums, "taylor");
  if (input.options.normalise) normaliseBlocks(input.model.layout(), sums);
  HeadScores scores;
  scores.values = std::move(sums);
  return scores;
}

class Taylor final : public PassScore {
 public:
  explicit Taylor(const ScoreInput& input)
      : m_input(input), m_sums(static_cast<size_t>(input.model.layout().headCount()), 0) {}

  PassNeeds needs() const override { return {.outputGradients = true}; }
  void seeGateGradients(int block, const torch::Tensor& gradients) override {
    addToHeads(m_input.model.layout(), block, gathered(gradients, m_input.options.absolute), m_sums);
  }
  HeadScores finish() override { return asMean(m_input, m_sums, 1); }

 private:
  const ScoreInput& m_input;
  std::vector<double> m_sums;
};

HeadScores integratedTaylor(const ScoreInput& input) {
  const HeadLayout& layout = input.model.layout();
  const int steps = input.options.steps;
  const BatchWeights counts(input.calibration);
  std::vector<double> sums(static_cast<size_t>(layout.headCount()), 0);
  const PassCosts costs = overBatches(input, "taking gradients", steps, true, [&](const EvaluationBatch& batch) {
    const double count = counts.of(batch);
    const auto loss = [&](const torch::Tensor& logits) { return taskLoss(logits, batch.targets) * count; };
    for (int step = 1; count > 0 && step <= steps; ++step) {
      input.context.checkStop();
      const std::vector<torch::Tensor> gradients = gateGradients(input.model, batch, (step - 0.5) / steps, false, loss);
      for (int block = 0; block < layout.blockCount(); ++block)
        if (const torch::Tensor& found = gradients[static_cast<size_t>(block)]; found.defined())
          addToHeads(layout, block, gathered(found, input.options.absolute), sums);
    }
  });
  HeadScores scores = asMean(input, std::move(sums), steps);
  scores.costs = costs;
  return scores;
}

}  // namespace

std::unique_ptr<PassScore> makeTaylor(const ScoreInput& input) {
  return input.options.steps > 1 ? nullptr : std::make_unique<Taylor>(input);
}

HeadScores taylorScores(const ScoreInput& input) {
  return input.options.steps > 1 ? integratedTaylor(input) : inOnePass(input, makeTaylor(input));
}

}  // namespace headroom
