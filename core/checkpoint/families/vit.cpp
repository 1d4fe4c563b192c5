// SPDX-License-Identifier: GPL-3.0-or-later
// ViT: an encoder over the patches of an image with a class token in front; norms before attention and feed-forward.
#include "core/checkpoint/families/family.h"

namespace headroom {

namespace {

void readVitConfig(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("hidden_size", 1, limits::kHidden);
  StackConfig stack;
  stack.layers = fields.integer("num_hidden_layers", 1, limits::kLayers);
  stack.heads = stack.kvHeads = fields.integer("num_attention_heads", 1, limits::kHeads);
  stack.intermediate = fields.integer("intermediate_size", 1, limits::kIntermediate);
  config.stacks = {stack};
  divideHidden(fields, "num_attention_heads", stack.heads, config);
  config.patch.imageSize = fields.integer("image_size", 1, limits::kImage, 224);
  config.patch.patchSize = fields.integer("patch_size", 1, limits::kImage, 16);
  config.patch.channels = fields.integer("num_channels", 1, 64, 3);
  if (config.patch.imageSize % config.patch.patchSize != 0 || config.patch.patches() > limits::kPositions - 1)
    fields.fail("patch_size", std::to_string(config.patch.patchSize),
                "a divisor of image_size " + std::to_string(config.patch.imageSize));
  config.maxPositions = config.patch.patches() + 1;
  config.padId = -1;
  config.normPlacement = NormPlacement::Pre;
  config.pooler = Pooler::None;
  config.queryBias = fields.flag("qkv_bias", true);
  config.activation = readActivation(fields, "hidden_act", "gelu");
  config.normEps = fields.real("layer_norm_eps", 0, 1, 1e-12);
  config.hiddenDropout = config.embeddingDropout = fields.real("hidden_dropout_prob", 0, 0.999, 0);
  config.attentionDropout = fields.real("attention_probs_dropout_prob", 0, 0.999, 0);
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

constexpr WeightRow kBefore[] = {
    {"encoder.embeddings.class", "vit.embeddings.cls_token", RowKind::Tensor, {Dim::One, Dim::One, Dim::Hidden}},
    {"encoder.embeddings.patch",
     "vit.embeddings.patch_embeddings.projection",
     RowKind::Linear,
     {Dim::Hidden, Dim::Channels, Dim::PatchSide, Dim::PatchSide}},
    {"encoder.embeddings.position",
     "vit.embeddings.position_embeddings",
     RowKind::Tensor,
     {Dim::One, Dim::PatchTokens, Dim::Hidden}}};
constexpr WeightRow kLayer[] = {
    {"encoder.{L}.self.norm", "vit.encoder.layer.{L}.layernorm_before", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.self.query",
     "vit.encoder.layer.{L}.attention.attention.query",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Query},
    {"encoder.{L}.self.key",
     "vit.encoder.layer.{L}.attention.attention.key",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Query},
    {"encoder.{L}.self.value",
     "vit.encoder.layer.{L}.attention.attention.value",
     RowKind::Linear,
     {Dim::Heads, Dim::Hidden},
     BiasOf::Query},
    {"encoder.{L}.self.output",
     "vit.encoder.layer.{L}.attention.output.dense",
     RowKind::Linear,
     {Dim::Hidden, Dim::Heads}},
    {"encoder.{L}.ff.norm", "vit.encoder.layer.{L}.layernorm_after", RowKind::Norm, {Dim::Hidden}},
    {"encoder.{L}.ff.up",
     "vit.encoder.layer.{L}.intermediate.dense",
     RowKind::Linear,
     {Dim::Intermediate, Dim::Hidden}},
    {"encoder.{L}.ff.down", "vit.encoder.layer.{L}.output.dense", RowKind::Linear, {Dim::Hidden, Dim::Intermediate}}};
// The norm is the head's: hidden states are reported before it.
constexpr WeightRow kAfter[] = {
    {"head.norm", "vit.layernorm", RowKind::Norm, {Dim::Hidden}},
    {"classifier", "classifier", RowKind::Linear, {Dim::Labels, Dim::Hidden}, BiasOf::Always, nullptr, true}};

}  // namespace

const Family kVit{"vit", "ViT", Task::ImageClassification, readVitConfig, {"vit.", kBefore, kLayer, {}, kAfter}};

}  // namespace headroom
