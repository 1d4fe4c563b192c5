// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attention.h"

#include <cmath>

namespace headroom {

namespace {

/// [batch, length, heads * d] -> [batch, heads, length, d]
torch::Tensor splitHeads(const torch::Tensor& projected, const AttentionWeights& weights) {
  return projected.view({projected.size(0), projected.size(1), weights.heads, weights.headDim}).transpose(1, 2);
}

/// The heads' outputs softmax(q k^T / sqrt d) v, [batch, heads, query, d], through explicit attention maps.
torch::Tensor eagerContext(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                           const AttentionContext& context) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(query.size(-1)));
  const torch::Tensor scores = torch::matmul(query * scale, key.transpose(-1, -2));
  torch::Tensor probabilities = torch::softmax(context.maskBias.defined() ? scores + context.maskBias : scores, -1);
  if (context.observer) {
    const torch::NoGradGuard noGrad;
    context.observer(scores.detach(), probabilities.detach());
  }
  if (context.dropout > 0) probabilities = torch::dropout(probabilities, context.dropout, true);
  return torch::matmul(probabilities, value);
}

torch::Tensor headOutputs(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                          const AttentionContext& context) {
#if TORCH_VERSION_MAJOR >= 2
  if (!context.observer && context.dropout == 0 && !torch::GradMode::is_enabled())
    return at::scaled_dot_product_attention(
        query, key, value,
        context.maskBias.defined() ? std::optional<torch::Tensor>(context.maskBias) : std::optional<torch::Tensor>());
#endif
  return eagerContext(query, key, value, context);
}

/// W_O with each head's columns multiplied by its gate: one gate is drawn per head and step, so this small product does
/// for all tokens, and its backward pass gives the gates' gradient.
torch::Tensor foldedOutput(const AttentionWeights& weights, const torch::Tensor& gates) {
  const torch::Tensor& output = weights.outputWeight;
  return (output.view({output.size(0), weights.heads, weights.headDim}) * gates.view({1, -1, 1})).view_as(output);
}

}  // namespace

torch::Tensor attend(const AttentionWeights& weights, const torch::Tensor& x, const AttentionContext& context) {
  if (weights.heads == 0) return weights.outputBias.expand_as(x);
  const torch::Tensor query = splitHeads(torch::linear(x, weights.queryWeight, weights.queryBias), weights);
  const torch::Tensor key = splitHeads(torch::linear(x, weights.keyWeight, weights.keyBias), weights);
  const torch::Tensor value = splitHeads(torch::linear(x, weights.valueWeight, weights.valueBias), weights);
  torch::Tensor heads = headOutputs(query, key, value, context);
  const bool gated = context.gates.defined();
  if (gated && context.gateForm == GateForm::Direct) heads = heads * context.gates.view({1, -1, 1, 1});
  const torch::Tensor joined = heads.transpose(1, 2).reshape({x.size(0), x.size(1), weights.heads * weights.headDim});
  const bool fold = gated && context.gateForm == GateForm::Folded;
  return torch::linear(joined, fold ? foldedOutput(weights, context.gates) : weights.outputWeight, weights.outputBias);
}

}  // namespace headroom
