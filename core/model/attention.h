// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/model/elements.h"
#include "core/model/positions.h"
#include "core/model/torch_api.h"

namespace headroom {

/// The projections of one attention block. With h query heads and g key/value heads left, each of size d: query is
/// [h * d, hidden], key and value are [g * d, hidden], output is [hidden, h * d]. h may be 0: the block then adds its
/// output bias and nothing else.
struct AttentionWeights {
  Linear query, key, value, output;
  int heads = 0;
  int kvHeads = 0;
  int headDim = 0;
  torch::Tensor kvOf;  ///< int64 [h]: the key/value head that each query head reads; undefined = its own
};

/// What an attention block may tell: its raw scores q.k * scale before bias and mask, and its attention maps, both
/// [batch, heads, query, key]. Called without gradients.
using AttentionObserver = std::function<void(const torch::Tensor& scores, const torch::Tensor& probabilities)>;

/// Sees the heads' outputs before gates and output projection, [batch, heads, query, d], within the graph of gradients;
/// what it returns takes their place.
using HeadOutputHook = std::function<torch::Tensor(const torch::Tensor& outputs)>;

/// How gates enter. Folded: into the output projection's columns (costs nothing per token, works with fused attention);
/// Direct: the plain form on the heads' outputs, kept to check the folded one.
enum class GateForm { Folded, Direct };

/// Keys and values of earlier tokens, [batch, key/value heads, keys, d]; undefined before the first.
struct KeyValues {
  torch::Tensor key, value;
};

struct AttentionContext {
  torch::Tensor bias;   ///< added to the scores: [batch or 1, heads or 1, query or 1, key]; undefined = 0
  double scale = 1;     ///< multiplies q.k
  RotaryTables rotary;  ///< turns queries and keys; undefined = none
  torch::Tensor gates;  ///< [heads], multiplies each head's output; undefined = all open
  GateForm gateForm = GateForm::Folded;
  double dropout = 0;       ///< of the attention maps; 0 outside training
  bool linearised = false;  ///< the attention maps count as constants
  AttentionObserver observer;
  HeadOutputHook outputs;
  KeyValues* cache =
      nullptr;  ///< of self-attention: takes this call's keys and values in; of cross-attention: see attend()
};

/// Attention of `x` [batch, queries, hidden] to `memory` [batch, keys, hidden], up to and with the output projection;
/// self-attention where memory is x. With an undefined memory keys and values are those of context.cache, which
/// keyValues() made.
[[nodiscard]] torch::Tensor attend(const AttentionWeights& weights, const torch::Tensor& x, const torch::Tensor& memory,
                                   const AttentionContext& context);

/// Keys and values of a memory that many calls attend to.
[[nodiscard]] KeyValues keyValues(const AttentionWeights& weights, const torch::Tensor& memory);

}  // namespace headroom
