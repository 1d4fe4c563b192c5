// SPDX-License-Identifier: GPL-3.0-or-later
// Layer-wise relevance propagation (Voita et al. 2019) in the conservative form for transformers (Ali et al. 2022):
// attention maps, the norms' deviations and the slopes of activations are constants, and what a head's outputs then add
// to the predicted logit is their gradient times their value. By example in absolute value, as a share of the block:
// the relevances of a block sum to 1.
#include <limits>

#include "core/scores/one_pass.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// The logits that an example's prediction has: the largest of its classes, of every judged token, of both ends of an
/// answer, which are no padding. One sum for the batch: examples do not see each other.
torch::Tensor predictedLogits(const torch::Tensor& logits, const EvaluationBatch& batch) {
  const Targets& targets = batch.targets;
  if (targets.spans.defined()) {
    const torch::Tensor& mask = batch.input.mask;
    constexpr double kNever = -std::numeric_limits<double>::infinity();
    return (mask.defined() ? logits.masked_fill(mask.eq(0).unsqueeze(-1), kNever) : logits).amax(1).sum();
  }
  const torch::Tensor largest = logits.amax(-1);
  return targets.tokens.defined() ? (largest * targets.tokens.ne(kNoTarget)).sum() : largest.sum();
}

}  // namespace

HeadScores relevanceScores(const ScoreInput& input) {
  const HeadLayout& layout = input.model.layout();
  HeadScores scores;
  scores.values.assign(static_cast<size_t>(layout.headCount()), 0);
  scores.costs = overBatches(input, "following relevance back", 1, true, [&](const EvaluationBatch& batch) {
    const auto target = [&](const torch::Tensor& logits) { return predictedLogits(logits, batch); };
    const std::vector<torch::Tensor> byToken = gateGradients(input.model, batch, 1, true, target);
    for (int block = 0; block < layout.blockCount(); ++block) {
      if (layout.headsIn(block) == 0) continue;
      const torch::Tensor heads = byToken[static_cast<size_t>(block)].to(torch::kFloat64).sum(-1).abs();
      // Where nothing in the block matters, every head has the same share.
      const torch::Tensor all = heads.sum(1, true), even = torch::full_like(heads, 1.0 / layout.headsIn(block));
      addToHeads(layout, block, torch::where(all.eq(0), even, heads / all).sum(0), scores.values);
    }
  });
  for (double& value : scores.values)
    value /= static_cast<double>(std::max<std::int64_t>(1, input.calibration.exampleCount()));
  requireFinite(scores.values, "relevance");
  return scores;
}

}  // namespace headroom
