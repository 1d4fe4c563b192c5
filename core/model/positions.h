// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/model_config.h"
#include "core/model/torch_api.h"

namespace headroom {

/// Marian's table [rows, width] (Vaswani et al. 2017): sines in the first half of the columns, cosines in the second.
[[nodiscard]] torch::Tensor sinusoidalPositions(std::int64_t rows, std::int64_t width);

/// Cosines and sines [length, headDim] by which queries and keys at positions first, first + 1, ... are turned (Su et
/// al. 2021).
struct RotaryTables {
  torch::Tensor cos, sin;
  [[nodiscard]] bool defined() const { return cos.defined(); }
  /// x [batch, heads, length, headDim], turned.
  [[nodiscard]] torch::Tensor turn(const torch::Tensor& x) const;
};
[[nodiscard]] RotaryTables rotaryTables(const ModelConfig& config, std::int64_t first, std::int64_t length,
                                        const torch::TensorOptions& options);

/// T5's buckets of the distance key - query, int64 [queries, keys]; the first query stands at position `first`. Exact
/// for short distances, logarithmic up to relativeMaxDistance; both directions have buckets of their own in an encoder.
[[nodiscard]] torch::Tensor relativeBuckets(const ModelConfig& config, bool bothDirections, std::int64_t first,
                                            std::int64_t queries, std::int64_t keys);

}  // namespace headroom
