// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/attention.h"

#include <cmath>

#include "core/model/fused_attention.h"

namespace headroom {

namespace {

/// [batch, length, heads * d] -> [batch, heads, length, d]
torch::Tensor splitHeads(const torch::Tensor& projected, int heads, int headDim) {
  return projected.view({projected.size(0), projected.size(1), heads, headDim}).transpose(1, 2);
}

/// The heads' outputs softmax(scale q k^T + bias) v, [batch, heads, query, d], through explicit attention maps.
torch::Tensor eagerContext(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                           const AttentionContext& context) {
  const torch::Tensor scores = torch::matmul(query * context.scale, key.transpose(-1, -2));
  torch::Tensor probabilities = torch::softmax(context.bias.defined() ? scores + context.bias : scores, -1);
  if (context.observer) {
    const torch::NoGradGuard noGrad;
    context.observer(scores.detach(), probabilities.detach());
  }
  if (context.linearised) probabilities = probabilities.detach();
  if (context.dropout > 0) probabilities = torch::dropout(probabilities, context.dropout, true);
  return torch::matmul(probabilities, value);
}

torch::Tensor headOutputs(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                          const AttentionContext& context) {
#if TORCH_VERSION_MAJOR >= 2
  if (!context.observer && context.dropout == 0 && !torch::GradMode::is_enabled()) {
    // The function's own scale is 1 / sqrt(d); its argument for another one is younger than the function.
    const double ownScale = context.scale * std::sqrt(static_cast<double>(query.size(-1)));
    return at::scaled_dot_product_attention(
        std::abs(ownScale - 1) < 1e-12 ? query : query * ownScale, key, value,
        context.bias.defined() ? std::optional<torch::Tensor>(context.bias) : std::optional<torch::Tensor>());
  }
#else
  if (!context.observer && context.dropout == 0 && canFuseAttention(query, key, value, context.bias))
    return fusedAttention(query, key, value, context.bias, context.scale);
#endif
  return eagerContext(query, key, value, context);
}

/// W_O with each head's columns multiplied by its gate: one gate is drawn per head and step, so this small product does
/// for all tokens, and its backward pass gives the gates' gradient.
torch::Tensor foldedOutput(const AttentionWeights& weights, const torch::Tensor& gates) {
  const torch::Tensor output = as(weights.output.weight, gates);
  return (output.view({output.size(0), weights.heads, weights.headDim}) * gates.view({1, -1, 1})).view_as(output);
}

/// This call's keys and values, after the cached ones where there is a cache.
KeyValues gatherKeyValues(const AttentionWeights& weights, const torch::Tensor& memory,
                          const AttentionContext& context) {
  if (!memory.defined()) return *context.cache;
  KeyValues now = keyValues(weights, memory);
  if (context.rotary.defined()) now.key = context.rotary.turn(now.key);
  if (!context.cache) return now;
  if (context.cache->key.defined()) {
    now.key = torch::cat({context.cache->key, now.key}, 2);
    now.value = torch::cat({context.cache->value, now.value}, 2);
  }
  *context.cache = now;
  return now;
}

}  // namespace

KeyValues keyValues(const AttentionWeights& weights, const torch::Tensor& memory) {
  return {splitHeads(weights.key(memory), weights.kvHeads, weights.headDim),
          splitHeads(weights.value(memory), weights.kvHeads, weights.headDim)};
}

torch::Tensor attend(const AttentionWeights& weights, const torch::Tensor& x, const torch::Tensor& memory,
                     const AttentionContext& context) {
  if (weights.heads == 0)
    return weights.output.bias.defined() ? as(weights.output.bias, x).expand_as(x) : torch::zeros_like(x);
  torch::Tensor query = splitHeads(weights.query(x), weights.heads, weights.headDim);
  if (context.rotary.defined()) query = context.rotary.turn(query);
  KeyValues all = gatherKeyValues(weights, memory, context);
  if (weights.kvOf.defined()) {
    all.key = all.key.index_select(1, weights.kvOf);
    all.value = all.value.index_select(1, weights.kvOf);
  }
  torch::Tensor heads = headOutputs(query, all.key, all.value, context);
  if (context.outputs) heads = context.outputs(heads);
  const bool gated = context.gates.defined();
  if (gated && context.gateForm == GateForm::Direct) heads = heads * context.gates.view({1, -1, 1, 1});
  const torch::Tensor joined = heads.transpose(1, 2).reshape({x.size(0), x.size(1), weights.heads * weights.headDim});
  const bool fold = gated && context.gateForm == GateForm::Folded;
  return torch::linear(joined, fold ? foldedOutput(weights, context.gates) : as(weights.output.weight, x),
                       as(weights.output.bias, x));
}

}  // namespace headroom
