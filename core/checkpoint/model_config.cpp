// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/model_config.h"

#include <array>
#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/config_fields.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

// Far above any published model; they keep products of sizes far below 2^63.
constexpr int kMaxHidden = 1 << 16;
constexpr int kMaxLayers = 1024;
constexpr int kMaxHeads = 1024;
constexpr int kMaxIntermediate = 1 << 20;
constexpr int kMaxVocabulary = 1 << 24;
constexpr int kMaxPositions = 1 << 20;
constexpr int kMaxLabels = 100'000;
constexpr std::int64_t kMaxConfig = 10 << 20;

constexpr std::array<std::pair<const char*, Activation>, 8> kActivations{{{"gelu", Activation::Gelu},
                                                                          {"gelu_python", Activation::Gelu},
                                                                          {"gelu_new", Activation::GeluTanh},
                                                                          {"gelu_fast", Activation::GeluTanh},
                                                                          {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                                          {"relu", Activation::Relu},
                                                                          {"silu", Activation::Silu},
                                                                          {"swish", Activation::Silu}}};

Activation readActivation(const ConfigFields& fields) {
  const std::string name = fields.text("hidden_act", "gelu");
  for (const auto& [known, activation] : kActivations)
    if (name == known) return activation;
  fields.fail("hidden_act", shown(name), "gelu, gelu_new, gelu_pytorch_tanh, relu or silu");
}

// Files from before Hugging Face wrote model_type name the family by the architecture only.
std::string readFamily(const ConfigFields& fields, const ModelConfig& config) {
  const bool named = !config.architectures.empty() && config.architectures.front().starts_with("Bert");
  const std::string family = fields.text("model_type", named ? "bert" : "");
  if (family.empty()) fields.fail("model_type", "nothing", "bert");
  if (family != "bert")
    throw Error(ErrorKind::BadInput, config.path + ": model_type: family " + shown(family) +
                                         " is not supported by this version, expected bert");
  return family;
}

void readSizes(const ConfigFields& fields, ModelConfig& config) {
  config.hidden = fields.integer("hidden_size", 1, kMaxHidden);
  config.layers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  config.defaultHeads = fields.integer("num_attention_heads", 1, kMaxHeads);
  config.intermediate = fields.integer("intermediate_size", 1, kMaxIntermediate);
  config.vocabulary = fields.integer("vocab_size", 1, kMaxVocabulary);
  config.maxPositions = fields.integer("max_position_embeddings", 1, kMaxPositions, 512);
  config.typeVocabulary = fields.integer("type_vocab_size", 1, 1024, 2);
  config.padId = fields.integer("pad_token_id", 0, config.vocabulary - 1, 0);
  if (config.hidden % config.defaultHeads != 0)
    fields.fail("num_attention_heads", std::to_string(config.defaultHeads),
                "a divisor of hidden_size " + std::to_string(config.hidden));
  config.headDim = config.hidden / config.defaultHeads;
}

void readNumbers(const ConfigFields& fields, ModelConfig& config) {
  config.normEps = fields.real("layer_norm_eps", 0, 1, 1e-12);
  config.hiddenDropout = fields.real("hidden_dropout_prob", 0, 0.999, 0.1);
  config.attentionDropout = fields.real("attention_probs_dropout_prob", 0, 0.999, 0.1);
  config.classifierDropout = fields.real("classifier_dropout", 0, 0.999, config.hiddenDropout);
  config.initializerRange = fields.real("initializer_range", 0, 10, 0.02);
}

void refuseOtherKinds(const ConfigFields& fields) {
  if (const std::string positions = fields.text("position_embedding_type", "absolute"); positions != "absolute")
    fields.fail("position_embedding_type", shown(positions), "absolute");
  for (const char* field : {"is_decoder", "add_cross_attention"})
    if (fields.flag(field)) fields.fail(field, "true", "false");
}

std::vector<int> headsLeft(int all, const std::vector<bool>& pruned) {
  std::vector<int> left;
  for (int head = 0; head < all; ++head)
    if (!pruned[static_cast<size_t>(head)]) left.push_back(head);
  return left;
}

// {"0": [1, 3], ...}: layer -> heads that are gone.
void readPrunedHeads(const ConfigFields& fields, ModelConfig& config) {
  const nlohmann::json* value = fields.find("pruned_heads");
  if (value == nullptr) return;
  if (!value->is_object()) fields.fail("pruned_heads", foundText(*value), "an object of layers");
  for (const auto& [key, heads] : value->items()) {
    const auto layer = wholeNumber(key);
    if (!layer || *layer >= config.layers)
      fields.fail("pruned_heads", "layer " + shown(key), "layers from 0 to " + std::to_string(config.layers - 1));
    const std::string field = "pruned_heads: layer " + shown(key);
    if (!heads.is_array()) fields.fail(field, foundText(heads), "an array of heads");
    std::vector<bool> pruned(static_cast<size_t>(config.defaultHeads), false);
    for (const nlohmann::json& head : heads) {
      const bool inRange =
          head.is_number_unsigned() && head.get<std::uint64_t>() < static_cast<std::uint64_t>(config.defaultHeads);
      if (!inRange) fields.fail(field, foundText(head), "heads from 0 to " + std::to_string(config.defaultHeads - 1));
      if (pruned[head.get<size_t>()]) fields.fail(field, "head " + foundText(head) + " twice", "every head once");
      pruned[head.get<size_t>()] = true;
    }
    config.originalHeads[static_cast<size_t>(*layer)] = headsLeft(config.defaultHeads, pruned);
  }
}

// Our own {"headroom": {"heads_per_layer": [4, 2, ...]}}: wins over pruned_heads, which may know the numbers of the
// heads.
void readHeadsPerLayer(const ConfigFields& fields, ModelConfig& config) {
  const nlohmann::json* ours = fields.find("headroom");
  if (ours == nullptr) return;
  if (!ours->is_object()) fields.fail("headroom", foundText(*ours), "an object");
  const auto counts = ours->find("heads_per_layer");
  if (counts == ours->end()) return;
  const std::string field = "headroom: heads_per_layer";
  if (!counts->is_array() || counts->size() != static_cast<size_t>(config.layers))
    fields.fail(field, counts->is_array() ? std::to_string(counts->size()) + " numbers" : foundText(*counts),
                "one number for each of " + std::to_string(config.layers) + " layers");
  for (size_t layer = 0; layer < counts->size(); ++layer) {
    const nlohmann::json& count = (*counts)[layer];
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() > static_cast<std::uint64_t>(config.defaultHeads))
      fields.fail(field, foundText(count), "0 to " + std::to_string(config.defaultHeads) + " heads");
    std::vector<int>& left = config.originalHeads[layer];
    if (left.size() == count.get<size_t>()) continue;
    std::vector<bool> pruned(static_cast<size_t>(config.defaultHeads), true);
    for (size_t head = 0; head < count.get<size_t>(); ++head) pruned[head] = false;
    left = headsLeft(config.defaultHeads, pruned);
  }
}

void readHeads(const ConfigFields& fields, ModelConfig& config) {
  const std::vector<int> all =
      headsLeft(config.defaultHeads, std::vector<bool>(static_cast<size_t>(config.defaultHeads), false));
  config.originalHeads.assign(static_cast<size_t>(config.layers), all);
  readPrunedHeads(fields, config);
  readHeadsPerLayer(fields, config);
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < config.layers; ++layer) {
    const int heads = static_cast<int>(config.originalHeads[static_cast<size_t>(layer)].size());
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, heads, heads});
  }
  config.heads = HeadLayout(std::move(blocks));
}

std::vector<std::string> readLabels(const ConfigFields& fields) {
  const nlohmann::json* names = fields.find("id2label");
  const int count = fields.integer("num_labels", 1, kMaxLabels, names != nullptr ? static_cast<int>(names->size()) : 2);
  std::vector<std::string> labels(static_cast<size_t>(count));
  for (size_t i = 0; i < labels.size(); ++i) labels[i] = "LABEL_" + std::to_string(i);
  if (names == nullptr) return labels;
  if (!names->is_object() || names->empty() || names->size() > static_cast<size_t>(kMaxLabels))
    fields.fail("id2label", foundText(*names), "an object with a name for each class");
  if (names->size() != labels.size())
    fields.fail("id2label", std::to_string(names->size()) + " classes", std::to_string(count) + " as num_labels says");
  for (const auto& [key, name] : names->items()) {
    const auto id = wholeNumber(key);
    if (!id || *id >= count || key != std::to_string(*id))
      fields.fail("id2label", "class " + shown(key), "classes from 0 to " + std::to_string(count - 1));
    if (!name.is_string() && !name.is_number()) fields.fail("id2label: " + shown(key), foundText(name), "text");
    labels[static_cast<size_t>(*id)] = name.is_string() ? name.get<std::string>() : name.dump();
  }
  return labels;
}

}  // namespace

bool ModelConfig::alreadyPruned() const { return heads.headCount() < layers * defaultHeads; }

ModelConfig readModelConfig(const std::string& folder) {
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::path(folder) / "config.json";
  if (!std::filesystem::is_directory(folder, ignored))
    throw Error(ErrorKind::Io, folder + ": found no folder of that name, expected a Hugging Face model folder");
  if (!std::filesystem::exists(path, ignored))
    throw Error(ErrorKind::BadFile,
                folder +
                    ": found no config.json, expected a Hugging Face model folder; save the model with "
                    "save_pretrained(FOLDER)");
  return parseModelConfig(readTextFile(path.string(), kMaxConfig), path.string());
}

ModelConfig parseModelConfig(const std::string& json, const std::string& path) {
  const nlohmann::json object = parseJson(json, path);
  if (!object.is_object())
    throw Error(ErrorKind::BadFile, path + ": found " + foundText(object) + ", expected an object");
  const ConfigFields fields(object, path);
  ModelConfig config;
  config.path = path;
  config.json = json;
  config.task = "sequence-classification";
  config.architectures = fields.texts("architectures");
  config.family = readFamily(fields, config);
  refuseOtherKinds(fields);
  readSizes(fields, config);
  readNumbers(fields, config);
  readHeads(fields, config);
  config.activation = readActivation(fields);
  config.labels = readLabels(fields);
  return config;
}

}  // namespace headroom
