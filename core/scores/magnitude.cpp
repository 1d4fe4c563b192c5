// SPDX-License-Identifier: GPL-3.0-or-later
// The other control: the Euclidean length of a head's rows of W_Q, W_K, W_V and columns of W_O. Needs no data. A
// key/value head counts for every query head that reads it.
#include <cmath>

#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// Sum of squares of `count` slices along `dimension`, [count].
torch::Tensor squares(const torch::Tensor& weight, int dimension, int count) {
  const torch::Tensor parts = weight.to(torch::kFloat64).unflatten(dimension, {count, weight.size(dimension) / count});
  return dimension == 0 ? parts.square().sum(torch::IntArrayRef({1, 2}))
                        : parts.square().sum(torch::IntArrayRef({0, 2}));
}

}  // namespace

HeadScores magnitudeScores(const ScoreInput& input) {
  const torch::NoGradGuard noGrad;
  HeadScores scores;
  const HeadLayout& layout = input.model.layout();
  for (int block = 0; block < layout.blockCount(); ++block) {
    const AttentionWeights& weights = input.model.attention(block);
    if (weights.heads == 0) continue;
    torch::Tensor shared =
        squares(weights.key.weight, 0, weights.kvHeads) + squares(weights.value.weight, 0, weights.kvHeads);
    if (weights.kvOf.defined()) shared = shared.index_select(0, weights.kvOf);
    const torch::Tensor sum =
        (squares(weights.query.weight, 0, weights.heads) + squares(weights.output.weight, 1, weights.heads) + shared)
            .to(torch::kCPU);
    for (int head = 0; head < weights.heads; ++head) scores.values.push_back(std::sqrt(sum[head].item<double>()));
  }
  return scores;
}

}  // namespace headroom
