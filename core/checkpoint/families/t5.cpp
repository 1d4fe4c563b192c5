// SPDX-License-Identifier: GPL-3.0-or-later
// T5: encoder and decoder with RMS norms before each part, a learned bias by distance instead of positions, scores that
// are not scaled, and no biases.
#include "core/checkpoint/families/family.h"

#include <algorithm>
#include <cmath>

#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

void readFeedForward(const ConfigFields& fields, ModelConfig& config) {
  std::string kind = fields.text("feed_forward_proj", "relu");
  if (kind.starts_with("gated-")) {
    config.gatedFeedForward = true;
    kind = kind.substr(6);
  }
  if (kind == "relu") {
    config.activation = Activation::Relu;
  } else if (kind == "silu") {
    config.activation = Activation::Silu;
  } else if (kind == "gelu") {
    // "gated-gelu" has always meant the tanh form.
    config.activation = config.gatedFeedForward ? Activation::GeluTanh : Activation::Gelu;
  } else if (kind == "gelu_new") {
    config.activation = Activation::GeluTanh;
  } else {
    fields.fail("feed_forward_proj", shown(kind), "relu, gelu, gated-gelu or gated-silu");
  }
}

/// Transformers 5 writes tie_word_embeddings true for every model; what it was tells scale_decoder_outputs.
void readOutput(const ConfigFields& fields, ModelConfig& config) {
  const bool tied = fields.flag("tie_word_embeddings", true), scaled = fields.flag("scale_decoder_outputs", tied);
  config.tiedOutput = tied && scaled;
  config.outputMayBeLeftOut = tied && !scaled;
  config.outputScale = scaled ? 1 / std::sqrt(static_cast<double>(config.hidden)) : 1;
}

void readT5Config(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("d_model", 1, limits::kHidden);
  config.headDim = fields.integer("d_kv", 1, limits::kHidden, 64);
  StackConfig encoder;
  encoder.layers = fields.integer("num_layers", 1, limits::kLayers);
  encoder.heads = encoder.kvHeads = fields.integer("num_heads", 1, limits::kHeads);
  encoder.intermediate = fields.integer("d_ff", 1, limits::kIntermediate);
  StackConfig decoder = encoder;
  decoder.stack = Stack::Decoder;
  decoder.layers = fields.integer("num_decoder_layers", 1, limits::kLayers, encoder.layers);
  decoder.causal = decoder.cross = true;
  config.stacks = {encoder, decoder};
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("n_positions", 1, limits::kPositions, 512);
  config.padId = readTokenId(fields, "pad_token_id", config, 0);
  config.eosId = readTokenId(fields, "eos_token_id", config, std::min(1, config.vocabulary - 1));
  config.decoderStartId = readTokenId(fields, "decoder_start_token_id", config, config.padId);
  config.positions = PositionKind::RelativeBias;
  config.relativeBuckets = fields.integer("relative_attention_num_buckets", 2, 1 << 16, 32);
  config.relativeMaxDistance = fields.integer("relative_attention_max_distance", 1, limits::kPositions, 128);
  if (config.relativeBuckets % 4 != 0 || config.relativeMaxDistance <= config.relativeBuckets / 2)
    fields.fail("relative_attention_num_buckets", std::to_string(config.relativeBuckets),
                "a multiple of 4, less than twice relative_attention_max_distance");
  config.norm = NormKind::RmsNorm;
  config.normPlacement = NormPlacement::Pre;
  config.finalNorm = true;
  config.normEps = fields.real("layer_norm_epsilon", 0, 1, 1e-6);
  config.queryBias = config.outputBias = config.feedForwardBias = false;
  config.attentionScale = 1;
  readOutput(fields, config);
  readFeedForward(fields, config);
  const double dropout = fields.real("dropout_rate", 0, 0.999, 0.1);
  config.hiddenDropout = config.embeddingDropout = config.attentionDropout = config.activationDropout = dropout;
  config.initializerRange = 0.02 * fields.real("initializer_factor", 0, 100, 1);
}

bool gated(const ModelConfig& config) { return config.gatedFeedForward; }
bool plain(const ModelConfig& config) { return !config.gatedFeedForward; }
bool needsOutput(const ModelConfig& config) { return !config.tiedOutput && !config.outputMayBeLeftOut; }
bool mayHaveOutput(const ModelConfig& config) { return config.outputMayBeLeftOut; }

constexpr WeightRow kBefore[] = {{"embeddings.word",
                                  "shared.weight",
                                  RowKind::Tensor,
                                  {Dim::Vocabulary, Dim::Hidden},
                                  BiasOf::Always,
                                  nullptr,
                                  false,
                                  0,
                                  1,
                                  "encoder.embed_tokens.weight"},
                                 {"encoder.relative_bias",
                                  "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                                  RowKind::Tensor,
                                  {Dim::Buckets, Dim::StackHeads}},
                                 {"decoder.relative_bias",
                                  "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
                                  RowKind::Tensor,
                                  {Dim::Buckets, Dim::StackHeads}}};
constexpr WeightRow kEncoderLayer[] = {
    {"encoder.{L}.self.norm", "encoder.block.{L}.layer.0.layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.self.query",
     "encoder.block.{L}.layer.0.SelfAttention.q",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"encoder.{L}.self.key",
     "encoder.block.{L}.layer.0.SelfAttention.k",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"encoder.{L}.self.value",
     "encoder.block.{L}.layer.0.SelfAttention.v",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"encoder.{L}.self.output",
     "encoder.block.{L}.layer.0.SelfAttention.o",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads},
     BiasOf::Never},
    {"encoder.{L}.ff.norm", "encoder.block.{L}.layer.1.layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.ff.up",
     "encoder.block.{L}.layer.1.DenseReluDense.wi",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     plain},
    {"encoder.{L}.ff.gate",
     "encoder.block.{L}.layer.1.DenseReluDense.wi_0",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     gated},
    {"encoder.{L}.ff.up",
     "encoder.block.{L}.layer.1.DenseReluDense.wi_1",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     gated},
    {"encoder.{L}.ff.down",
     "encoder.block.{L}.layer.1.DenseReluDense.wo",
     RowKind::Linear,
     {Dim::Hidden, Dim::Intermediate},
     BiasOf::Never}};
constexpr WeightRow kDecoderLayer[] = {
    {"decoder.{L}.self.norm", "decoder.block.{L}.layer.0.layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.self.query",
     "decoder.block.{L}.layer.0.SelfAttention.q",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.self.key",
     "decoder.block.{L}.layer.0.SelfAttention.k",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.self.value",
     "decoder.block.{L}.layer.0.SelfAttention.v",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.self.output",
     "decoder.block.{L}.layer.0.SelfAttention.o",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads},
     BiasOf::Never},
    {"decoder.{L}.cross.norm", "decoder.block.{L}.layer.1.layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.cross.query",
     "decoder.block.{L}.layer.1.EncDecAttention.q",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.cross.key",
     "decoder.block.{L}.layer.1.EncDecAttention.k",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.cross.value",
     "decoder.block.{L}.layer.1.EncDecAttention.v",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Never},
    {"decoder.{L}.cross.output",
     "decoder.block.{L}.layer.1.EncDecAttention.o",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads},
     BiasOf::Never},
    {"decoder.{L}.ff.norm", "decoder.block.{L}.layer.2.layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.ff.up",
     "decoder.block.{L}.layer.2.DenseReluDense.wi",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     plain},
    {"decoder.{L}.ff.gate",
     "decoder.block.{L}.layer.2.DenseReluDense.wi_0",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     gated},
    {"decoder.{L}.ff.up",
     "decoder.block.{L}.layer.2.DenseReluDense.wi_1",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::Never,
     gated},
    {"decoder.{L}.ff.down",
     "decoder.block.{L}.layer.2.DenseReluDense.wo",
     RowKind::Linear,
     {Dim::Hidden, Dim::Intermediate},
     BiasOf::Never}};
constexpr WeightRow kAfter[] = {
    {"encoder.norm", "encoder.final_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.norm", "decoder.final_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"output", "lm_head", RowKind::Linear, {Dim::Vocabulary, Dim::Hidden}, BiasOf::Never, needsOutput, true},
    // Transformers 5 leaves it out where it equals the embeddings.
    {"output",
     "lm_head",
     RowKind::Linear,
     {Dim::Vocabulary, Dim::Hidden},
     BiasOf::Never,
     mayHaveOutput,
     true,
     0,
     1,
     "shared.weight"}};

}  // namespace

const Family kT5{"t5", "T5", Task::Seq2SeqLm, readT5Config, {"", kBefore, kEncoderLayer, kDecoderLayer, kAfter}};

}  // namespace headroom
