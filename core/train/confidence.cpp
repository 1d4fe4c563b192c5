// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/confidence.h"

namespace headroom {

namespace {

std::vector<double> toVector(const torch::Tensor& tensor) {
  const torch::Tensor ready = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {ready.data_ptr<double>(), ready.data_ptr<double>() + ready.numel()};
}

torch::Tensor tokensOf(const torch::Tensor& ids, const torch::Tensor& mask) {
  return mask.defined() ? mask.clone() : torch::ones_like(ids);
}

/// Drops the token that ends each row, wherever it stands: between two texts it is where heads look to do nothing, too.
void dropSeparators(torch::Tensor& tokens, const torch::Tensor& ids) {
  const torch::Tensor last = (tokens.sum(1, true) - 1).clamp_min(0);
  tokens.mul_(ids.ne(ids.gather(1, last)));
}

torch::Tensor encoderTokens(const ModelInput& input, const ModelConfig& config) {
  if (input.pixels.defined()) {
    torch::Tensor patches =
        torch::ones({input.pixels.size(0), config.maxPositions}, input.pixels.options().dtype(torch::kFloat32));
    patches.select(1, 0).zero_();
    return patches;
  }
  torch::Tensor tokens = tokensOf(input.ids, input.mask);
  dropSeparators(tokens, input.ids);
  // Of translation's sources only BART's have a token in front, too.
  if (config.task != Task::Seq2SeqLm)
    tokens.select(1, 0).zero_();
  else if (config.bosId >= 0)
    tokens.select(1, 0).mul_(input.ids.select(1, 0).ne(config.bosId));
  return tokens.to(torch::kFloat32);
}

torch::Tensor decoderTokens(torch::Tensor tokens) {
  tokens.select(1, 0).zero_();
  return tokens.to(torch::kFloat32);
}

}  // namespace

ContentTokens contentTokens(const EvaluationBatch& batch, const ModelConfig& config) {
  const ModelInput& input = batch.input;
  ContentTokens content;
  const bool encoder = config.stack(Stack::Encoder) != nullptr;
  if (encoder) content.source = encoderTokens(input, config);
  if (config.stack(Stack::Decoder))
    // A translation's padding has no mask: no token has to be found there.
    content.target =
        decoderTokens(encoder ? batch.targets.tokens.ne(kNoTarget).to(torch::kInt64) : tokensOf(input.ids, input.mask));
  return content;
}

std::vector<double> attentionConfidence(const torch::Tensor& probabilities, const torch::Tensor& queries,
                                        const torch::Tensor& keys) {
  const torch::Tensor among = probabilities * keys.view({keys.size(0), 1, 1, keys.size(1)});
  const torch::Tensor largest = among.amax(-1) * queries.view({queries.size(0), 1, queries.size(1)});
  return toVector(largest.sum(at::IntArrayRef{0, 2}) / queries.sum().clamp_min(1));
}

std::vector<double> attentionConfidence(const torch::Tensor& probabilities, const ContentTokens& content,
                                        const BlockId& block) {
  const torch::Tensor& own = block.stack == Stack::Encoder ? content.source : content.target;
  return attentionConfidence(probabilities, own, block.kind == AttentionKind::Cross ? content.source : own);
}

std::vector<double> rawConfidence(const torch::Tensor& scores) {
  return toVector(scores.amax(-1).mean(at::IntArrayRef{0, 2}));
}

}  // namespace headroom
