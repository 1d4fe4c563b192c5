// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

enum class Activation { Gelu, GeluTanh, Relu, Silu };
enum class NormKind { LayerNorm, RmsNorm };
enum class NormPlacement { Post, Pre };
/// RelativeBias: T5's learned bias by bucketed distance, added to the scores of self-attention.
enum class PositionKind { None, Learned, Sinusoidal, Rotary, RelativeBias };
enum class Task { SequenceClassification, MaskedLm, QuestionAnswering, CausalLm, Seq2SeqLm, ImageClassification };

/// What a classifier looks at: the first token's state, or that of the last token that is no padding.
enum class Pooling { First, LastToken };
/// What stands between that state and the classifier: a dense layer with this activation, or nothing.
enum class Pooler { None, Tanh, Relu };

/// "sequence-classification", "masked-lm", ...: what summaries and run files call it.
[[nodiscard]] std::string taskName(Task task);
/// True where the model predicts tokens: logits [batch, length, vocabulary].
[[nodiscard]] bool predictsTokens(Task task);

/// One stack of layers.
struct StackConfig {
  Stack stack = Stack::Encoder;
  int layers = 0;
  int heads = 0;    ///< query heads a block had before any pruning
  int kvHeads = 0;  ///< key/value heads likewise; fewer than `heads` with grouped-query attention
  int intermediate = 0;
  bool causal = false;  ///< a token sees itself and what came before it
  bool cross = false;   ///< each layer also attends to the encoder's output
};

/// How an image becomes tokens: square patches of a square image, and a class token in front.
struct PatchConfig {
  int imageSize = 0;
  int patchSize = 0;
  int channels = 0;
  [[nodiscard]] int patches() const { return (imageSize / patchSize) * (imageSize / patchSize); }
};

/// Rotary positions: base of the wave lengths, and how they are stretched (config.json's rope_scaling).
struct RotaryConfig {
  enum class Scaling { None, Linear, Llama3 };
  double theta = 10000;
  Scaling scaling = Scaling::None;
  double factor = 1;
  double lowFrequencyFactor = 1;   ///< Llama3 only
  double highFrequencyFactor = 4;  ///< Llama3 only
  int originalPositions = 8192;    ///< Llama3 only
};

/// The whole difference between families. Read from a Hugging Face config.json and checked: every size is positive and
/// sane, heads divide hidden, pruned heads exist. The weights may have other ideas: resolveWeights() compares.
struct ModelConfig {
  std::string path;    ///< the config.json it came from, for messages
  std::string family;  ///< "bert", "gpt2", ...: its model_type
  Task task = Task::SequenceClassification;
  std::vector<std::string> architectures;

  std::vector<StackConfig> stacks;  ///< the encoder first where there are both
  int hidden = 0;
  int headDim = 0;  ///< pruning does not change it
  int vocabulary = 0;
  int maxPositions = 0;
  int typeVocabulary = 0;  ///< 0 = no token types
  HeadLayout heads;        ///< what is left in each block: encoder.self, then decoder.self, then decoder.cross
  /// For each block, the query head numbers of the unpruned model that are left; size = heads.headsIn(block).
  std::vector<std::vector<int>> originalHeads;

  Activation activation = Activation::Gelu;
  Activation headActivation = Activation::Gelu;  ///< of the dense layer before a masked-language model's output
  bool gatedFeedForward = false;
  NormKind norm = NormKind::LayerNorm;
  NormPlacement normPlacement = NormPlacement::Post;
  double normEps = 1e-12;
  bool embeddingNorm = false;  ///< a norm on the embeddings
  bool finalNorm = false;      ///< a norm after the last layer of each stack
  bool queryBias = true;       ///< biases of the query, key and value projections
  bool outputBias = true;      ///< bias of attention's output projection
  bool feedForwardBias = true;
  double embeddingScale = 1;        ///< multiplies the word embeddings
  double attentionScale = 1;        ///< multiplies q.k; 1 / sqrt(headDim) but for T5
  bool scaleByLayer = false;        ///< GPT-2: the scores of layer l are also divided by l + 1
  double outputScale = 1;           ///< multiplies the last hidden state before the output projection
  bool tiedOutput = false;          ///< the output projection is the word embedding
  bool outputMayBeLeftOut = false;  ///< untied: a file without an output projection means the word embedding
  Pooling pooling = Pooling::First;
  Pooler pooler = Pooler::Tanh;

  PositionKind positions = PositionKind::Learned;
  int positionOffset = 0;             ///< first row of the learned table that a text uses
  bool positionsSkipPadding = false;  ///< RoBERTa: padding has a position of its own and does not advance the others
  RotaryConfig rotary;
  int relativeBuckets = 0;
  int relativeMaxDistance = 0;
  PatchConfig patch;

  int padId = -1;  ///< -1 = none, likewise below
  int bosId = -1;
  int eosId = -1;
  int decoderStartId = -1;

  double hiddenDropout = 0;
  double attentionDropout = 0;
  double embeddingDropout = 0;
  double activationDropout = 0;
  double poolerDropout = 0;      ///< before the pooler's dense layer
  double classifierDropout = 0;  ///< before the classifier
  double initializerRange = 0.02;

  std::vector<std::string> labels;  ///< by class index; empty where the model predicts tokens
  std::string json;                 ///< the file's own text

  /// What fills a batch's shorter rows.
  [[nodiscard]] int fillId() const { return padId >= 0 ? padId : eosId >= 0 ? eosId : 0; }
  [[nodiscard]] int labelCount() const { return static_cast<int>(labels.size()); }
  [[nodiscard]] const StackConfig* stack(Stack which) const;
  /// Layers of all stacks.
  [[nodiscard]] int layerCount() const;
  /// Query heads of a block before any pruning.
  [[nodiscard]] int defaultHeads(int block) const;
  /// Query heads that share one key/value head.
  [[nodiscard]] int groupSize(int block) const;
  /// The block of that kind in that layer; -1 = the model has none.
  [[nodiscard]] int blockOf(Stack stack, AttentionKind kind, int layer) const;
  /// For each block, the key/value head numbers of the unpruned model that its query heads still need.
  [[nodiscard]] std::vector<int> originalKeyValueHeads(int block) const;
  /// Some block has fewer heads than it had.
  [[nodiscard]] bool alreadyPruned() const;
};

/// Reads FOLDER/config.json. Throws Error (file, field, found, expected, remedy).
[[nodiscard]] ModelConfig readModelConfig(const std::string& folder);
/// The same from text; `path` is what messages call it.
[[nodiscard]] ModelConfig parseModelConfig(const std::string& json, const std::string& path);

}  // namespace headroom
