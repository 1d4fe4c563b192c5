// SPDX-License-Identifier: GPL-3.0-or-later
// Voita et al. 2019, Behnke & Heafield 2020: the mean over content tokens of a head's largest attention weight.
#include "core/train/confidence.h"
#include "core/scores/score_functions.h"

namespace headroom {

HeadScores confidenceScores(const ScoreInput& input) {
  const torch::NoGradGuard noGrad;
  const HeadLayout& layout = input.model.layout();
  HeadScores scores;
  scores.values.assign(static_cast<size_t>(layout.headCount()), 0);
  scores.costs = overBatches(input, "looking at attention maps", 1, false, [&](const EvaluationBatch& batch) {
    const ContentTokens content = contentTokens(batch.input, input.model.config());
    ForwardOptions options;
    options.observer = [&](int block, const torch::Tensor&, const torch::Tensor& maps) {
      const std::vector<double> heads =
          attentionConfidence(maps, content, layout.blocks()[static_cast<size_t>(block)].id);
      for (size_t head = 0; head < heads.size(); ++head)
        scores.values[static_cast<size_t>(layout.firstOf(block)) + head] +=
            static_cast<double>(batch.examples.size()) * heads[head];
    };
    (void)input.model.forward(batch.input, options);
  });
  for (double& value : scores.values)
    value /= static_cast<double>(std::max<std::int64_t>(1, input.calibration.exampleCount()));
  requireFinite(scores.values, "confidence");
  return scores;
}

}  // namespace headroom
