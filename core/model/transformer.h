// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/head_mask.h"
#include "core/checkpoint/model_config.h"
#include "core/model/attention.h"
#include "core/model/parameters.h"
#include "core/model/torch_api.h"

namespace headroom {

/// One batch of token ids, all int64 [batch, length]. `mask` 1 = token, 0 = padding; undefined = no padding. `types`
/// undefined = all 0.
struct TokenBatch {
  torch::Tensor ids;
  torch::Tensor mask;
  torch::Tensor types;
};

struct ForwardOptions {
  torch::Tensor gates;  ///< [heads of the model] in flat order; undefined = all open
  GateForm gateForm = GateForm::Folded;
  bool training = false;  ///< dropout, by LibTorch's default generator
  bool keepHiddenStates = false;
  bool keepAttentions = false;
  /// Sees every block's scores and maps; the int is the block's index.
  std::function<void(int, const torch::Tensor&, const torch::Tensor&)> observer;
};

struct ForwardOutput {
  torch::Tensor logits;                       ///< [batch, labels]
  std::vector<torch::Tensor> hiddenStates;    ///< embeddings, then each layer's output: [batch, length, hidden]
  std::vector<torch::Tensor> attentions;      ///< [batch, heads, query, key] a block
};

/// The one transformer of the program; families differ in ModelConfig and weight names only. Knows no gates but as an
/// optional tensor. A value over shared weights: a copy computes with the same memory.
class Transformer {
 public:
  Transformer(ModelConfig config, Parameters parameters);

  [[nodiscard]] const ModelConfig& config() const { return m_config; }
  [[nodiscard]] const Parameters& parameters() const { return m_parameters; }
  [[nodiscard]] const HeadLayout& layout() const { return m_config.heads; }

  /// The whole pass. Gradients follow the caller's mode.
  [[nodiscard]] ForwardOutput forward(const TokenBatch& batch, const ForwardOptions& options = {}) const;

  // The same in pieces, for those who keep hidden states and compute the rest only.
  [[nodiscard]] torch::Tensor embed(const TokenBatch& batch, bool training = false) const;
  /// 0 where there is a token, the lowest number where there is padding: [batch, 1, 1, length]; undefined without padding.
  [[nodiscard]] torch::Tensor maskBias(const TokenBatch& batch) const;
  [[nodiscard]] torch::Tensor runLayer(int layer, const torch::Tensor& hidden, AttentionContext attention, bool training) const;
  [[nodiscard]] torch::Tensor classify(const torch::Tensor& hidden, bool training = false) const;

  [[nodiscard]] const AttentionWeights& attention(int block) const { return m_layers[static_cast<size_t>(block)].attention; }
  /// The same transformer with another block's projections (fewer heads), sharing all other weights.
  void replaceAttention(int block, AttentionWeights weights);

 private:
  struct Norm {
    torch::Tensor weight, bias;
  };
  struct Layer {
    AttentionWeights attention;
    Norm attentionNorm;
    torch::Tensor upWeight, upBias, downWeight, downBias;
    Norm outputNorm;
  };
  [[nodiscard]] Norm norm(const std::string& prefix) const;
  [[nodiscard]] torch::Tensor normalise(const torch::Tensor& x, const Norm& norm) const;
  [[nodiscard]] torch::Tensor activate(const torch::Tensor& x) const;
  [[nodiscard]] Layer makeLayer(int index) const;

  ModelConfig m_config;
  Parameters m_parameters;
  std::vector<Layer> m_layers;
  Norm m_embeddingNorm;
};

}  // namespace headroom
