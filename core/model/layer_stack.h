// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "core/model/attention.h"
#include "core/model/elements.h"

namespace headroom {

/// Sees the raw scores and the attention maps of a block, by its index in the model's layout.
using BlockObserver = std::function<void(int block, const torch::Tensor& scores, const torch::Tensor& maps)>;

/// Sees and may replace the head outputs of a block, by its index in the model's layout: see HeadOutputHook.
using BlockOutputHook = std::function<torch::Tensor(int block, const torch::Tensor& outputs)>;

/// How one layer runs, but for what it computes on.
struct LayerOptions {
  const std::vector<torch::Tensor>* gates = nullptr;  ///< one tensor [heads] a block; nullptr = all open
  GateForm gateForm = GateForm::Folded;
  bool training = false;  ///< dropout, by LibTorch's default generator
  const BlockObserver* observer = nullptr;
  const BlockOutputHook* outputs = nullptr;
  /// Attention maps, the norms' deviations and the slopes of activations count as constants, so that gradient times
  /// value is relevance (layer-wise relevance propagation in the conservative form of Ali et al. 2022).
  bool linearised = false;
  bool firstOnly =
      false;  ///< computes the first position's output only, [batch, 1, hidden]: see Transformer::readsFirstOnly()
  KeyValues* selfCache = nullptr;
  KeyValues* crossCache = nullptr;  ///< the memory's keys and values, made before
};

/// What all layers of a stack share in one pass.
struct Surroundings {
  torch::Tensor selfBias;  ///< mask of padding and of the future: [batch or 1, 1, query or 1, key]; undefined = none
  torch::Tensor relativeBias;  ///< T5's, [1, heads of the unpruned stack, query, key]; undefined = none
  RotaryTables rotary;
  torch::Tensor memory;  ///< the encoder's output, [batch, memory length, hidden]; undefined without cross-attention
  torch::Tensor memoryBias;  ///< mask of the memory's padding
};

/// The layers of an encoder or a decoder.
class LayerStack {
 public:
  /// Computes in `type`, whatever type the weights have.
  LayerStack(const ModelConfig& config, const Parameters& parameters, Stack stack, torch::ScalarType type);

  [[nodiscard]] int layers() const { return static_cast<int>(m_layers.size()); }
  /// For a text whose first new token stands at `first`, with `length` new tokens; `mask` [batch, first + length] or
  /// undefined.
  [[nodiscard]] Surroundings surroundings(const torch::Tensor& mask, std::int64_t first, std::int64_t length) const;
  [[nodiscard]] torch::Tensor run(int layer, const torch::Tensor& hidden, const Surroundings& around,
                                  const LayerOptions& options) const;
  /// The norm after the last layer, where the family has one.
  [[nodiscard]] torch::Tensor finish(const torch::Tensor& hidden, bool linearised = false) const {
    return m_finalNorm(hidden, linearised);
  }
  /// Keys and values of a memory for every layer's cross-attention.
  [[nodiscard]] std::vector<KeyValues> memoryKeyValues(const torch::Tensor& memory) const;

  [[nodiscard]] const AttentionWeights& attention(AttentionKind kind, int layer) const;

 private:
  struct Part {
    int block = -1;
    AttentionWeights weights;
    torch::Tensor originalHeads;  ///< int64: columns of the relative bias; undefined = all
    Norm norm;
  };
  struct Layer {
    Part self, cross;
    FeedForward feedForward;
    Norm feedForwardNorm;
  };
  [[nodiscard]] Part makePart(const ModelConfig& config, const Parameters& parameters, AttentionKind kind,
                              int layer) const;
  [[nodiscard]] torch::Tensor residual(const torch::Tensor& x, const Norm& norm, const LayerOptions& options,
                                       const std::function<torch::Tensor(const torch::Tensor&)>& part) const;
  [[nodiscard]] AttentionContext context(const Part& part, int layer, const LayerOptions& options) const;

  ModelConfig m_config;
  StackConfig m_stack;
  torch::Tensor m_relativeTable;
  std::vector<Layer> m_layers;
  Norm m_finalNorm;
  torch::TensorOptions m_options;
};

/// 0 where `mask` [batch, length] has a token, the type's lowest number where it has padding: [batch, 1, 1, length].
[[nodiscard]] torch::Tensor paddingBias(const torch::Tensor& mask, torch::ScalarType type);

}  // namespace headroom
