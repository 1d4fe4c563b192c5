// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/elements.h"
#include "core/model/model_input.h"

namespace headroom {

/// What a stack starts from: tokens (or patches of an image) as vectors, with their positions.
class Embeddings {
 public:
  /// The vectors are of `type`, whatever type the weights have.
  Embeddings(const ModelConfig& config, const Parameters& parameters, Stack stack, torch::ScalarType type);

  /// Token ids int64 [batch, length] -> [batch, length, hidden]; the first stands at position `first`. `types` may be
  /// undefined. Throws Error when the text is longer than the model's positions.
  [[nodiscard]] torch::Tensor ofTokens(const torch::Tensor& ids, const torch::Tensor& types, std::int64_t first,
                                       bool training) const;
  /// Pixels [batch, channels, side, side] -> [batch, 1 + patches, hidden].
  [[nodiscard]] torch::Tensor ofPixels(const torch::Tensor& pixels, bool training) const;

 private:
  [[nodiscard]] torch::Tensor positions(const torch::Tensor& ids, std::int64_t first) const;

  ModelConfig m_config;
  torch::ScalarType m_type;
  torch::Tensor m_word, m_position, m_tokenType, m_classToken;
  Linear m_patch;
  Norm m_norm;
};

}  // namespace headroom
