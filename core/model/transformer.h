// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/base/head_mask.h"
#include "core/checkpoint/model_config.h"
#include "core/model/embeddings.h"
#include "core/model/layer_stack.h"
#include "core/model/model_input.h"
#include "core/model/parameters.h"
#include "core/model/task_head.h"
#include "core/model/torch_api.h"

namespace headroom {

struct ForwardOptions {
  torch::Tensor gates;  ///< [heads of the model] in flat order; undefined = all open
  GateForm gateForm = GateForm::Folded;
  bool training = false;  ///< dropout, by LibTorch's default generator
  bool keepHiddenStates = false;
  bool keepAttentions = false;
  bool onlyLogits = false;  ///< may leave out what the logits do not need
  bool linearised = false;  ///< for gradients that are relevances: see LayerOptions
  BlockObserver observer;   ///< sees every block's scores and maps
  BlockOutputHook outputs;  ///< sees every block's head outputs, and may replace them
};

struct ForwardOutput {
  torch::Tensor logits;  ///< see TaskHead
  /// Embeddings, then each layer's output, [batch, length, hidden]; the last one after the stack's final norm.
  std::vector<torch::Tensor> encoderStates, decoderStates;
  std::vector<torch::Tensor> attentions;  ///< [batch, heads, query, key] a block; undefined for a block without heads
};

/// A pass between two layers. Copies share tensors: a pass can be taken up again from any of them.
struct PassState {
  torch::Tensor hidden;
  Surroundings around;
};

/// Where a text is being continued token by token.
struct DecodingState {
  std::int64_t past = 0;               ///< tokens seen
  torch::Tensor mask;                  ///< of the tokens seen, [batch, past]; undefined = none is padding
  Surroundings around;                 ///< memory and its mask
  std::vector<KeyValues> self, cross;  ///< one a layer

  /// Keeps the rows `order` int64 [new batch], in that order; a row may come several times.
  void select(const torch::Tensor& order);
};

/// The one transformer of the program; families differ in ModelConfig and weight names only. Knows no gates but as an
/// optional tensor. A value over shared weights: a copy computes with the same memory. Weights of another element type
/// than it computes in are converted one at a time, when they are used.
class Transformer {
 public:
  Transformer(ModelConfig config, Parameters parameters, torch::ScalarType computeType = torch::kFloat32);

  [[nodiscard]] const ModelConfig& config() const { return m_config; }
  [[nodiscard]] const Parameters& parameters() const { return m_parameters; }
  [[nodiscard]] const HeadLayout& layout() const { return m_config.heads; }
  /// Element type of activations, logits, gates and pixels.
  [[nodiscard]] torch::ScalarType computeType() const { return m_computeType; }
  [[nodiscard]] torch::Device device() const { return m_parameters.entries().front().tensor.device(); }

  /// The whole pass. Gradients follow the caller's mode.
  [[nodiscard]] ForwardOutput forward(const ModelInput& input, const ForwardOptions& options = {}) const;

  // The same in pieces, for those who keep what is between layers and compute the rest only. Layers are numbered
  // through: the encoder's, then the decoder's.
  [[nodiscard]] int layerCount() const { return m_config.layerCount(); }
  [[nodiscard]] int layerOf(int block) const;
  /// Whether the logits need nothing of this layer's output but its first position: LayerOptions::firstOnly is allowed.
  [[nodiscard]] bool readsFirstOnly(int layer) const;
  [[nodiscard]] PassState begin(const ModelInput& input, bool training = false) const;
  [[nodiscard]] PassState next(const PassState& state, int layer, const ModelInput& input,
                               const LayerOptions& options = {}) const;
  /// The logits after the last layer.
  [[nodiscard]] torch::Tensor finish(const PassState& state, const ModelInput& input, bool training = false,
                                     bool linearised = false) const;

  /// Runs the encoder, if there is one, over the input; the decoder has seen nothing yet.
  [[nodiscard]] DecodingState beginDecoding(const ModelInput& input) const;
  /// Feeds ids int64 [batch, new tokens] (`mask` as many, or undefined) to the decoder; logits of the last token,
  /// [batch, vocabulary].
  [[nodiscard]] torch::Tensor decode(const torch::Tensor& ids, const torch::Tensor& mask, DecodingState& state) const;

  [[nodiscard]] const AttentionWeights& attention(int block) const;

 private:
  [[nodiscard]] const LayerStack& stackOf(int layer) const;
  [[nodiscard]] bool endsStack(int layer) const;
  [[nodiscard]] PassState beginDecoder(const torch::Tensor& ids, const torch::Tensor& mask, bool training) const;

  ModelConfig m_config;
  Parameters m_parameters;
  torch::ScalarType m_computeType;
  std::optional<Embeddings> m_encoderEmbeddings, m_decoderEmbeddings;
  std::optional<LayerStack> m_encoder, m_decoder;
  TaskHead m_head;
};

}  // namespace headroom
