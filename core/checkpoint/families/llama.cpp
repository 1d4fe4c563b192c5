// SPDX-License-Identifier: GPL-3.0-or-later
// LLaMA: a decoder with rotary positions, RMS norms, a gated feed-forward, no biases, and grouped-query attention.
#include "core/checkpoint/families/family.h"

#include <cmath>

#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

/// Transformers 5 writes everything into rope_parameters; before, the scaling was in rope_scaling, and theta beside it.
void readRotary(const ConfigFields& fields, ModelConfig& config) {
  config.rotary.theta = fields.real("rope_theta", 1e-3, 1e12, 10000);
  const char* name = fields.find("rope_parameters") ? "rope_parameters" : "rope_scaling";
  const nlohmann::json* scaling = fields.find(name);
  if (scaling == nullptr) return;
  if (!scaling->is_object()) fields.fail(name, foundText(*scaling), "an object");
  const std::string path = config.path + ": " + name;
  const ConfigFields inner(*scaling, path);
  config.rotary.theta = inner.real("rope_theta", 1e-3, 1e12, config.rotary.theta);
  const std::string kind = inner.text("rope_type", inner.text("type", "default"));
  config.rotary.factor = inner.real("factor", 1e-6, 1e6, 1);
  if (kind == "linear") {
    config.rotary.scaling = RotaryConfig::Scaling::Linear;
  } else if (kind == "llama3") {
    config.rotary.scaling = RotaryConfig::Scaling::Llama3;
    config.rotary.lowFrequencyFactor = inner.real("low_freq_factor", 1e-6, 1e6, 1);
    config.rotary.highFrequencyFactor = inner.real("high_freq_factor", 1e-6, 1e6, 4);
    config.rotary.originalPositions = inner.integer("original_max_position_embeddings", 1, limits::kPositions, 8192);
    if (!(config.rotary.highFrequencyFactor > config.rotary.lowFrequencyFactor))
      inner.fail("high_freq_factor", std::to_string(config.rotary.highFrequencyFactor), "more than low_freq_factor");
  } else if (kind != "default") {
    inner.fail("rope_type", shown(kind), "default, linear or llama3");
  }
}

void readLlamaConfig(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("hidden_size", 1, limits::kHidden);
  StackConfig stack;
  stack.stack = Stack::Decoder;
  stack.causal = true;
  stack.layers = fields.integer("num_hidden_layers", 1, limits::kLayers);
  stack.heads = fields.integer("num_attention_heads", 1, limits::kHeads);
  stack.kvHeads = fields.integer("num_key_value_heads", 1, limits::kHeads, stack.heads);
  stack.intermediate = fields.integer("intermediate_size", 1, limits::kIntermediate);
  config.stacks = {stack};
  if (stack.heads % stack.kvHeads != 0)
    fields.fail("num_key_value_heads", std::to_string(stack.kvHeads),
                "a divisor of num_attention_heads " + std::to_string(stack.heads));
  if (fields.find("head_dim")) {
    config.headDim = fields.integer("head_dim", 1, limits::kHidden);
  } else {
    divideHidden(fields, "num_attention_heads", stack.heads, config);
  }
  if (config.headDim % 2 != 0)
    fields.fail("head_dim", std::to_string(config.headDim), "an even width, for rotary positions");
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("max_position_embeddings", 1, limits::kPositions, 2048);
  config.padId = readTokenId(fields, "pad_token_id", config);
  config.bosId = readTokenId(fields, "bos_token_id", config, 1);
  config.eosId = readTokenId(fields, "eos_token_id", config, 2);
  config.positions = PositionKind::Rotary;
  readRotary(fields, config);
  config.norm = NormKind::RmsNorm;
  config.normPlacement = NormPlacement::Pre;
  config.finalNorm = true;
  config.normEps = fields.real("rms_norm_eps", 0, 1, 1e-6);
  config.gatedFeedForward = true;
  config.queryBias = config.outputBias = fields.flag("attention_bias");
  config.feedForwardBias = fields.flag("mlp_bias");
  config.tiedOutput = fields.flag("tie_word_embeddings");
  config.pooler = Pooler::None;
  config.pooling = Pooling::LastToken;
  config.attentionScale = 1 / std::sqrt(static_cast<double>(config.headDim));
  config.activation = readActivation(fields, "hidden_act", "silu");
  config.attentionDropout = fields.real("attention_dropout", 0, 0.999, 0);
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

bool classifies(const ModelConfig& config) { return config.task == Task::SequenceClassification; }
bool hasOwnOutput(const ModelConfig& config) { return config.task == Task::CausalLm && !config.tiedOutput; }

constexpr WeightRow kBefore[] = {
    {"embeddings.word", "model.embed_tokens.weight", RowKind::Tensor, {Dim::Vocabulary, Dim::Hidden}}};
constexpr WeightRow kLayer[] = {
    {"decoder.{L}.self.norm", "model.layers.{L}.input_layernorm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.self.query",
     "model.layers.{L}.self_attn.q_proj",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Query},
    {"decoder.{L}.self.key",
     "model.layers.{L}.self_attn.k_proj",
     RowKind::Linear,
     {Dim::KeyValueHeads, Dim::Hidden},
     BiasOf::Query},
    {"decoder.{L}.self.value",
     "model.layers.{L}.self_attn.v_proj",
     RowKind::Linear,
     {Dim::KeyValueHeads, Dim::Hidden},
     BiasOf::Query},
    {"decoder.{L}.self.output",
     "model.layers.{L}.self_attn.o_proj",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads},
     BiasOf::Output},
    {"decoder.{L}.ff.norm", "model.layers.{L}.post_attention_layernorm", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.ff.gate",
     "model.layers.{L}.mlp.gate_proj",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::FeedForward},
    {"decoder.{L}.ff.up",
     "model.layers.{L}.mlp.up_proj",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden},
     BiasOf::FeedForward},
    {"decoder.{L}.ff.down",
     "model.layers.{L}.mlp.down_proj",
     RowKind::Linear,
     {Dim::Hidden, Dim::Intermediate},
     BiasOf::FeedForward}};
constexpr WeightRow kAfter[] = {
    {"decoder.norm", "model.norm", RowKind::Norm, {Dim::Hidden}},
    {"classifier", "score", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Never, classifies, true},
    {"output", "lm_head", RowKind::Linear, {Dim::Vocabulary, Dim::Hidden}, BiasOf::Never, hasOwnOutput, true}};

}  // namespace

const Family kLlama{"llama", "Llama", Task::CausalLm, readLlamaConfig, {"model.", kBefore, {}, kLayer, kAfter}};

}  // namespace headroom
