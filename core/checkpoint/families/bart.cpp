// SPDX-License-Identifier: GPL-3.0-or-later
// BART and Marian: an encoder and a decoder that also attends to it, norms after each residual sum. BART learns its
// positions and norms its embeddings; Marian's positions are sines and its embeddings are scaled.
#include "core/checkpoint/families/family.h"

#include <cmath>

namespace headroom {

namespace {

StackConfig readStack(const ConfigFields& fields, Stack which) {
  const bool encoder = which == Stack::Encoder;
  StackConfig stack;
  stack.stack = which;
  stack.layers = fields.integer(encoder ? "encoder_layers" : "decoder_layers", 1, limits::kLayers);
  stack.heads = stack.kvHeads =
      fields.integer(encoder ? "encoder_attention_heads" : "decoder_attention_heads", 1, limits::kHeads);
  stack.intermediate = fields.integer(encoder ? "encoder_ffn_dim" : "decoder_ffn_dim", 1, limits::kIntermediate);
  stack.causal = stack.cross = !encoder;
  return stack;
}

void readShared(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("d_model", 1, limits::kHidden);
  config.stacks = {readStack(fields, Stack::Encoder), readStack(fields, Stack::Decoder)};
  divideHidden(fields, "encoder_attention_heads", config.stacks[0].heads, config);
  if (config.stacks[1].heads != config.stacks[0].heads)
    fields.fail("decoder_attention_heads", std::to_string(config.stacks[1].heads),
                "encoder_attention_heads " + std::to_string(config.stacks[0].heads));
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("max_position_embeddings", 1, limits::kPositions, 1024);
  config.embeddingScale = fields.flag("scale_embedding") ? std::sqrt(static_cast<double>(config.hidden)) : 1;
  config.tiedOutput = fields.flag("tie_word_embeddings", true);
  if (!config.tiedOutput) fields.fail("tie_word_embeddings", "false", "true");
  config.activation = readActivation(fields, "activation_function", "gelu");
  config.normEps = 1e-5;
  config.hiddenDropout = config.embeddingDropout = fields.real("dropout", 0, 0.999, 0.1);
  config.attentionDropout = fields.real("attention_dropout", 0, 0.999, 0);
  config.activationDropout = fields.real("activation_dropout", 0, 0.999, 0);
  config.initializerRange = fields.real("init_std", 0, 10, 0.02);
}

void readIds(const ConfigFields& fields, ModelConfig& config, int pad, int bos, int eos, int decoderStart) {
  const auto fallback = [&config](int id) { return id < config.vocabulary ? id : -1; };
  config.padId = readTokenId(fields, "pad_token_id", config, fallback(pad));
  config.bosId = readTokenId(fields, "bos_token_id", config, fallback(bos));
  config.eosId = readTokenId(fields, "eos_token_id", config, fallback(eos));
  config.decoderStartId = readTokenId(fields, "decoder_start_token_id", config, fallback(decoderStart));
  if (config.decoderStartId < 0)
    fields.fail("decoder_start_token_id", "nothing", "the token that a translation begins with");
}

void readBartConfig(const ConfigFields& fields, ModelConfig& config) {
  readShared(fields, config);
  readIds(fields, config, 1, 0, 2, 2);
  config.positionOffset = 2;
  config.embeddingNorm = true;
}

void readMarianConfig(const ConfigFields& fields, ModelConfig& config) {
  readShared(fields, config);
  if (!fields.flag("share_encoder_decoder_embeddings", true))
    fields.fail("share_encoder_decoder_embeddings", "false", "true");
  if (const int decoder = fields.integer("decoder_vocab_size", 1, limits::kVocabulary, config.vocabulary);
      decoder != config.vocabulary)
    fields.fail("decoder_vocab_size", std::to_string(decoder), "vocab_size " + std::to_string(config.vocabulary));
  readIds(fields, config, 58100, -1, 0, 58100);
  config.positions = PositionKind::Sinusoidal;
}

bool normsEmbeddings(const ModelConfig& config) { return config.embeddingNorm; }
bool learnsPositions(const ModelConfig& config) { return config.positions == PositionKind::Learned; }

constexpr WeightRow kBefore[] = {{"embeddings.word",
                                  "model.shared.weight",
                                  RowKind::Tensor,
                                  {Dim::Vocabulary, Dim::Hidden},
                                  BiasOf::Always,
                                  nullptr,
                                  false,
                                  0,
                                  1,
                                  "model.encoder.embed_tokens.weight"},
                                 {"encoder.embeddings.position",
                                  "model.encoder.embed_positions.weight",
                                  RowKind::Tensor,
                                  {Dim::Positions, Dim::Hidden},
                                  BiasOf::Always,
                                  learnsPositions},
                                 {"encoder.embeddings.norm",
                                  "model.encoder.layernorm_embedding",
                                  RowKind::Norm,
                                  {Dim::Hidden},
                                  BiasOf::Always,
                                  normsEmbeddings},
                                 {"decoder.embeddings.position",
                                  "model.decoder.embed_positions.weight",
                                  RowKind::Tensor,
                                  {Dim::Positions, Dim::Hidden},
                                  BiasOf::Always,
                                  learnsPositions},
                                 {"decoder.embeddings.norm",
                                  "model.decoder.layernorm_embedding",
                                  RowKind::Norm,
                                  {Dim::Hidden},
                                  BiasOf::Always,
                                  normsEmbeddings}};
constexpr WeightRow kEncoderLayer[] = {
    {"encoder.{L}.self.query", "model.encoder.layers.{L}.self_attn.q_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.key", "model.encoder.layers.{L}.self_attn.k_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.value", "model.encoder.layers.{L}.self_attn.v_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"encoder.{L}.self.output",
     "model.encoder.layers.{L}.self_attn.out_proj",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"encoder.{L}.self.norm", "model.encoder.layers.{L}.self_attn_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.ff.up", "model.encoder.layers.{L}.fc1", RowKind::Linear, {Dim::Intermediate, Dim::Hidden}},
    {"encoder.{L}.ff.down", "model.encoder.layers.{L}.fc2", RowKind::Linear, {Dim::Hidden, Dim::Intermediate}},
    {"encoder.{L}.ff.norm", "model.encoder.layers.{L}.final_layer_norm", RowKind::Norm, {Dim::Hidden}}};
constexpr WeightRow kDecoderLayer[] = {
    {"decoder.{L}.self.query", "model.decoder.layers.{L}.self_attn.q_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.self.key", "model.decoder.layers.{L}.self_attn.k_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.self.value", "model.decoder.layers.{L}.self_attn.v_proj", RowKind::Linear, {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.self.output",
     "model.decoder.layers.{L}.self_attn.out_proj",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"decoder.{L}.self.norm", "model.decoder.layers.{L}.self_attn_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.cross.query",
     "model.decoder.layers.{L}.encoder_attn.q_proj",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.cross.key",
     "model.decoder.layers.{L}.encoder_attn.k_proj",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.cross.value",
     "model.decoder.layers.{L}.encoder_attn.v_proj",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden}},
    {"decoder.{L}.cross.output",
     "model.decoder.layers.{L}.encoder_attn.out_proj",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"decoder.{L}.cross.norm", "model.decoder.layers.{L}.encoder_attn_layer_norm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.ff.up", "model.decoder.layers.{L}.fc1", RowKind::Linear, {Dim::Intermediate, Dim::Hidden}},
    {"decoder.{L}.ff.down", "model.decoder.layers.{L}.fc2", RowKind::Linear, {Dim::Hidden, Dim::Intermediate}},
    {"decoder.{L}.ff.norm", "model.decoder.layers.{L}.final_layer_norm", RowKind::Norm, {Dim::Hidden}}};
constexpr WeightRow kAfter[] = {
    {"head.bias", "final_logits_bias", RowKind::Tensor, {Dim::One, Dim::Vocabulary}, BiasOf::Always, nullptr, true}};

constexpr WeightTable kTable{"model.", kBefore, kEncoderLayer, kDecoderLayer, kAfter};

}  // namespace

const Family kBart{"bart", "Bart", Task::Seq2SeqLm, readBartConfig, kTable};
const Family kMarian{"marian", "Marian", Task::Seq2SeqLm, readMarianConfig, kTable};

}  // namespace headroom
