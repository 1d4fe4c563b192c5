// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/head_layout.h"
#include "core/checkpoint/model_config.h"
#include "core/model/torch_api.h"
#include "core/train/evaluator.h"

namespace headroom {

/// Tokens that count when a head's confidence is taken, float [batch, length], 1 = counts. Padding does not, nor do the
/// places where heads look to do nothing: an encoder's special tokens, also those between two texts (an image's class
/// token), and a decoder's first token.
struct ContentTokens {
  torch::Tensor source;  ///< of the encoder; undefined without one
  torch::Tensor target;  ///< of the decoder; undefined without one
};
[[nodiscard]] ContentTokens contentTokens(const EvaluationBatch& batch, const ModelConfig& config);

/// Mean over batch and queries of the largest attention weight of each head (Voita et al. 2019), [heads]; only content
/// tokens count as queries and as keys.
[[nodiscard]] std::vector<double> attentionConfidence(const torch::Tensor& probabilities, const torch::Tensor& queries,
                                                      const torch::Tensor& keys);
/// The same for a block of the model.
[[nodiscard]] std::vector<double> attentionConfidence(const torch::Tensor& probabilities, const ContentTokens& content,
                                                      const BlockId& block);

/// As the authors' BERT code has it: of the raw scores before softmax, over padding and special tokens too.
[[nodiscard]] std::vector<double> rawConfidence(const torch::Tensor& scores);

}  // namespace headroom
