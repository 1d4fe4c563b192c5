// SPDX-License-Identifier: GPL-3.0-or-later
// GPT-2: a decoder with norms before attention and feed-forward; query, key and value side by side in one transposed
// matrix.
#include "core/checkpoint/families/family.h"

namespace headroom {

namespace {

void readGpt2Config(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("n_embd", 1, limits::kHidden);
  StackConfig stack;
  stack.stack = Stack::Decoder;
  stack.causal = true;
  stack.layers = fields.integer("n_layer", 1, limits::kLayers);
  stack.heads = stack.kvHeads = fields.integer("n_head", 1, limits::kHeads);
  stack.intermediate = fields.integer("n_inner", 1, limits::kIntermediate, 4 * config.hidden);
  config.stacks = {stack};
  config.vocabulary = fields.integer("vocab_size", 1, limits::kVocabulary);
  config.maxPositions = fields.integer("n_positions", 1, limits::kPositions, 1024);
  config.padId = readTokenId(fields, "pad_token_id", config);
  config.bosId = readTokenId(fields, "bos_token_id", config);
  config.eosId = readTokenId(fields, "eos_token_id", config);
  divideHidden(fields, "n_head", stack.heads, config);
  if (fields.flag("add_cross_attention")) fields.fail("add_cross_attention", "true", "false");
  config.normPlacement = NormPlacement::Pre;
  config.finalNorm = true;
  config.tiedOutput = fields.flag("tie_word_embeddings", true);
  config.pooler = Pooler::None;
  config.pooling = Pooling::LastToken;
  if (!fields.flag("scale_attn_weights", true)) config.attentionScale = 1;
  config.scaleByLayer = fields.flag("scale_attn_by_inverse_layer_idx");
  config.activation = readActivation(fields, "activation_function", "gelu_new");
  config.normEps = fields.real("layer_norm_epsilon", 0, 1, 1e-5);
  config.hiddenDropout = fields.real("resid_pdrop", 0, 0.999, 0.1);
  config.embeddingDropout = fields.real("embd_pdrop", 0, 0.999, 0.1);
  config.attentionDropout = fields.real("attn_pdrop", 0, 0.999, 0.1);
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

bool classifies(const ModelConfig& config) { return config.task == Task::SequenceClassification; }
bool hasOwnOutput(const ModelConfig& config) { return config.task == Task::CausalLm && !config.tiedOutput; }

constexpr WeightRow kBefore[] = {
    {"embeddings.word", "transformer.wte.weight", RowKind::Tensor, {Dim::Vocabulary, Dim::Hidden}},
    {"decoder.embeddings.position", "transformer.wpe.weight", RowKind::Tensor, {Dim::Positions, Dim::Hidden}}};
constexpr WeightRow kLayer[] = {
    {"decoder.{L}.self.norm", "transformer.h.{L}.ln_1", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.self.query",
     "transformer.h.{L}.attn.c_attn",
     RowKind::Conv1d,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Always,
     nullptr,
     false,
     0,
     3},
    {"decoder.{L}.self.key",
     "transformer.h.{L}.attn.c_attn",
     RowKind::Conv1d,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Always,
     nullptr,
     false,
     1,
     3},
    {"decoder.{L}.self.value",
     "transformer.h.{L}.attn.c_attn",
     RowKind::Conv1d,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Always,
     nullptr,
     false,
     2,
     3},
    {"decoder.{L}.self.output", "transformer.h.{L}.attn.c_proj", RowKind::Conv1d, {Dim::Hidden, Dim::Heads}},
    {"decoder.{L}.ff.norm", "transformer.h.{L}.ln_2", RowKind::Norm, {Dim::Hidden}},
    {"decoder.{L}.ff.up", "transformer.h.{L}.mlp.c_fc", RowKind::Conv1d, {Dim::Intermediate, Dim::Hidden}},
    {"decoder.{L}.ff.down", "transformer.h.{L}.mlp.c_proj", RowKind::Conv1d, {Dim::Hidden, Dim::Intermediate}}};
constexpr WeightRow kAfter[] = {
    {"decoder.norm", "transformer.ln_f", RowKind::Norm, {Dim::Hidden}},
    {"classifier", "score", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Never, classifies, true},
    {"output", "lm_head", RowKind::Linear, {Dim::Vocabulary, Dim::Hidden}, BiasOf::Never, hasOwnOutput, true}};

}  // namespace

const Family kGpt2{"gpt2", "GPT2", Task::CausalLm, readGpt2Config, {"transformer.", kBefore, {}, kLayer, kAfter}};

}  // namespace headroom
