// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/model/torch_api.h"

namespace headroom {

/// The projections of one attention block. With h heads left of size d: query, key, value are [h * d, hidden], output is
/// [hidden, h * d]. h may be 0: the block then adds its output bias and nothing else.
struct AttentionWeights {
  torch::Tensor queryWeight, queryBias;
  torch::Tensor keyWeight, keyBias;
  torch::Tensor valueWeight, valueBias;
  torch::Tensor outputWeight, outputBias;
  int heads = 0;
  int headDim = 0;
};

/// What an attention block may tell: its raw scores q.k / sqrt(d) before the padding mask, and its attention maps, both
/// [batch, heads, query, key]. Called without gradients.
using AttentionObserver = std::function<void(const torch::Tensor& scores, const torch::Tensor& probabilities)>;

/// How gates enter. Folded: into the output projection's columns (costs nothing per token, works with fused attention);
/// Direct: the plain form on the heads' outputs, kept to check the folded one.
enum class GateForm { Folded, Direct };

struct AttentionContext {
  torch::Tensor maskBias;  ///< [batch, 1, 1, key], added to the scores; undefined = nothing is masked
  torch::Tensor gates;     ///< [heads], multiplies each head's output; undefined = all open
  GateForm gateForm = GateForm::Folded;
  double dropout = 0;      ///< of the attention maps; 0 outside training
  AttentionObserver observer;
};

/// Multi-head attention of `x` [batch, length, hidden] to itself, up to and with the output projection.
[[nodiscard]] torch::Tensor attend(const AttentionWeights& weights, const torch::Tensor& x, const AttentionContext& context);

}  // namespace headroom
