// SPDX-License-Identifier: GPL-3.0-or-later
// How much a head adds, without labels: the mean length of what it adds to the residual stream, ||W_O o|| (SNIP, Lin et
// al. 2020), or of its own output in the L1 norm (SpAtten's score, Wang et al. 2021, over the data instead of within
// one pass).
#include "core/data/dataset.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

/// W_h^T W_h for every head, [heads, d, d]: lengths after the output projection need no more.
torch::Tensor gram(const AttentionWeights& weights) {
  const torch::Tensor columns =
      weights.output.weight.to(torch::kFloat32).unflatten(1, {weights.heads, weights.headDim}).permute({1, 0, 2});
  return torch::matmul(columns.transpose(1, 2), columns);
}

/// 1 for tokens, 0 for padding, float [batch, 1, query]; undefined = all are tokens.
torch::Tensor realTokens(const EvaluationBatch& batch, const BlockId& block) {
  if (block.stack == Stack::Decoder && batch.input.decoderIds.defined())
    return batch.targets.tokens.defined() ? batch.targets.tokens.ne(kNoTarget).to(torch::kFloat32).unsqueeze(1)
                                          : torch::Tensor();
  return batch.input.mask.defined() ? batch.input.mask.to(torch::kFloat32).unsqueeze(1) : torch::Tensor();
}

}  // namespace

HeadScores outputNormScores(const ScoreInput& input) {
  const torch::NoGradGuard noGrad;
  const HeadLayout& layout = input.model.layout();
  const bool projected = input.options.norm == "projected";
  HeadScores scores;
  scores.values.assign(static_cast<size_t>(layout.headCount()), 0);
  std::vector<double> tokens(static_cast<size_t>(layout.blockCount()), 0);
  std::vector<torch::Tensor> grams(static_cast<size_t>(layout.blockCount()));
  for (int block = 0; block < layout.blockCount() && projected; ++block)
    if (layout.headsIn(block) > 0) grams[static_cast<size_t>(block)] = gram(input.model.attention(block));
  scores.costs = overBatches(input, "measuring head outputs", 1, false, [&](const EvaluationBatch& batch) {
    ForwardOptions options;
    options.outputs = [&](int block, const torch::Tensor& outputs) {
      torch::Tensor lengths = outputs.abs().sum(-1);
      if (projected)
        lengths = (torch::matmul(outputs, grams[static_cast<size_t>(block)]) * outputs).sum(-1).clamp_min(0).sqrt();
      const torch::Tensor real = realTokens(batch, layout.blocks()[static_cast<size_t>(block)].id);
      if (real.defined()) lengths = lengths * real;
      const torch::Tensor sums = lengths.to(torch::kFloat64).sum(torch::IntArrayRef({0, 2})).to(torch::kCPU);
      for (std::int64_t head = 0; head < sums.size(0); ++head)
        scores.values[static_cast<size_t>(layout.firstOf(block) + head)] += sums[head].item<double>();
      tokens[static_cast<size_t>(block)] +=
          real.defined() ? real.sum().item<double>() : static_cast<double>(outputs.size(0) * outputs.size(2));
      return outputs;
    };
    (void)input.model.forward(batch.input, options);
  });
  for (int block = 0; block < layout.blockCount(); ++block)
    for (int head = 0; head < layout.headsIn(block); ++head)
      scores.values[static_cast<size_t>(layout.flat({block, head}))] /=
          std::max(1.0, tokens[static_cast<size_t>(block)]);
  requireFinite(scores.values, "output-norm");
  return scores;
}

}  // namespace headroom
