// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/torch_api.h"

namespace headroom {

/// Whether fusedAttention() takes these: float32 on the CPU, outside of gradients, each head's values side by side.
[[nodiscard]] bool canFuseAttention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                                    const torch::Tensor& bias);

/// softmax(scale q k^T + bias) v, [batch, heads, query, d], with no attention map ever written to memory as a whole:
/// each thread takes one head of one text, a few queries at a time. For LibTorch before 2.0, which has no such function
/// and whose batched products of small matrices run at a seventh of the speed of its linear layers. `query` [batch,
/// heads, query, d], `key` and `value` [batch, heads, key, d], `bias` [batch or 1, heads or 1, query or 1, key] or
/// undefined.
[[nodiscard]] torch::Tensor fusedAttention(const torch::Tensor& query, const torch::Tensor& key,
                                           const torch::Tensor& value, const torch::Tensor& bias, double scale);

}  // namespace headroom
