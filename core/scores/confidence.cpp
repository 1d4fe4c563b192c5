// SPDX-License-Identifier: GPL-3.0-or-later
// Voita et al. 2019, Behnke & Heafield 2020: the mean over content tokens of a head's largest attention weight.
#include "core/scores/score_functions.h"
#include "core/train/confidence.h"

namespace headroom {

HeadScores confidenceScores(const ScoreInput& input) {
  const torch::NoGradGuard noGrad;
  const HeadLayout& layout = input.model.layout();
  HeadScores scores;
  scores.values.assign(static_cast<size_t>(layout.headCount()), 0);
  ScoreCosts costs(input.calibration);
  double examples = 0;
  for (const EvaluationBatch& batch : input.calibration.batches()) {
    input.context.checkStop();
    const auto rows = static_cast<double>(batch.examples.size());
    const ContentTokens content = contentTokens(batch.input, input.model.config());
    ForwardOptions options;
    options.observer = [&](int block, const torch::Tensor&, const torch::Tensor& maps) {
      const std::vector<double> heads = attentionConfidence(maps, content, layout.blocks()[static_cast<size_t>(block)].id);
      for (size_t head = 0; head < heads.size(); ++head) scores.values[static_cast<size_t>(layout.firstOf(block)) + head] += rows * heads[head];
    };
    (void)input.model.forward(batch.input, options);
    costs.forward(rows);
    examples += rows;
    input.context.report({"looking at attention maps", static_cast<std::int64_t>(examples), input.calibration.exampleCount(), -1});
    input.context.yield();
  }
  for (double& value : scores.values) value /= std::max(1.0, examples);
  scores.costs = costs.passes();
  return scores;
}

}  // namespace headroom
