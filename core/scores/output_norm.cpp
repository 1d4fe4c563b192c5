// SPDX-License-Identifier: GPL-3.0-or-later
// How much a head adds, without labels: the mean length of what it adds to the residual stream, ||W_O o|| (SNIP, Lin et
// al. 2020), or of its own output in the L1 norm (SpAtten's score, Wang et al. 2021, over the data instead of within
// one pass).
#include "core/data/dataset.h"
#include "core/scores/one_pass.h"
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

class OutputNorm final : public PassScore {
 public:
  explicit OutputNorm(const ScoreInput& input)
      : m_input(input),
        m_layout(input.model.layout()),
        m_sums(static_cast<size_t>(m_layout.headCount()), 0),
        m_tokens(static_cast<size_t>(m_layout.blockCount()), 0) {
    if (input.options.norm != "projected") return;
    const torch::NoGradGuard noGrad;
    for (int block = 0; block < m_layout.blockCount(); ++block)
      m_grams.push_back(m_layout.headsIn(block) > 0 ? gram(input.model.attention(block)) : torch::Tensor());
  }

  PassNeeds needs() const override { return {.outputs = true}; }

  void seeOutputs(const EvaluationBatch& batch, int block, const torch::Tensor& outputs) override {
    const auto place = static_cast<size_t>(block);
    torch::Tensor lengths = m_grams.empty()
                                ? outputs.abs().sum(-1)
                                : (torch::matmul(outputs, m_grams[place]) * outputs).sum(-1).clamp_min(0).sqrt();
    const torch::Tensor real = realTokens(batch, m_layout.blocks()[place].id);
    if (real.defined()) lengths = lengths * real;
    addToHeads(m_layout, block, lengths.sum(torch::IntArrayRef({0, 2}), false, torch::kFloat64), m_sums);
    m_tokens[place] +=
        real.defined() ? real.sum().item<double>() : static_cast<double>(outputs.size(0) * outputs.size(2));
  }

  HeadScores finish() override {
    for (int head = 0; head < m_layout.headCount(); ++head)
      m_sums[static_cast<size_t>(head)] /= std::max(1.0, m_tokens[static_cast<size_t>(m_layout.at(head).block)]);
    requireFinite(m_sums, "output-norm");
    HeadScores scores;
    scores.values = m_sums;
    return scores;
  }

 private:
  const ScoreInput& m_input;
  const HeadLayout& m_layout;
  std::vector<double> m_sums, m_tokens;
  std::vector<torch::Tensor> m_grams;  ///< by block; empty for the plain norm
};

}  // namespace

std::unique_ptr<PassScore> makeOutputNorm(const ScoreInput& input) { return std::make_unique<OutputNorm>(input); }
HeadScores outputNormScores(const ScoreInput& input) { return inOnePass(input, makeOutputNorm(input)); }

}  // namespace headroom
