// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/weight_names.h"

#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

/// A size that the configuration decides. `Heads` is what a layer has left of its attention: heads times head width.
enum class Dim { None, Hidden, Intermediate, Vocabulary, Positions, Types, Labels, Heads };
enum class Role { Weight, Norm, Head };

// A row of a family's table; "{L}" stands for the layer's number.
struct NameRow {
  std::string_view canonical;
  std::string_view hfName;
  Dim rows;
  Dim columns;
  Role role;
};

struct FamilyNames {
  std::string_view prefix;  ///< older checkpoints lack it
  std::span<const NameRow> before;
  std::span<const NameRow> perLayer;
  std::span<const NameRow> after;
};

constexpr NameRow kBertBefore[] = {
    {"embeddings.word", "bert.embeddings.word_embeddings.weight", Dim::Vocabulary, Dim::Hidden, Role::Weight},
    {"embeddings.position", "bert.embeddings.position_embeddings.weight", Dim::Positions, Dim::Hidden, Role::Weight},
    {"embeddings.type", "bert.embeddings.token_type_embeddings.weight", Dim::Types, Dim::Hidden, Role::Weight},
    {"embeddings.norm.weight", "bert.embeddings.LayerNorm.weight", Dim::Hidden, Dim::None, Role::Norm},
    {"embeddings.norm.bias", "bert.embeddings.LayerNorm.bias", Dim::Hidden, Dim::None, Role::Norm},
};
constexpr NameRow kBertLayer[] = {
    {"encoder.{L}.self.query.weight", "bert.encoder.layer.{L}.attention.self.query.weight", Dim::Heads, Dim::Hidden,
     Role::Weight},
    {"encoder.{L}.self.query.bias", "bert.encoder.layer.{L}.attention.self.query.bias", Dim::Heads, Dim::None,
     Role::Weight},
    {"encoder.{L}.self.key.weight", "bert.encoder.layer.{L}.attention.self.key.weight", Dim::Heads, Dim::Hidden,
     Role::Weight},
    {"encoder.{L}.self.key.bias", "bert.encoder.layer.{L}.attention.self.key.bias", Dim::Heads, Dim::None,
     Role::Weight},
    {"encoder.{L}.self.value.weight", "bert.encoder.layer.{L}.attention.self.value.weight", Dim::Heads, Dim::Hidden,
     Role::Weight},
    {"encoder.{L}.self.value.bias", "bert.encoder.layer.{L}.attention.self.value.bias", Dim::Heads, Dim::None,
     Role::Weight},
    {"encoder.{L}.self.output.weight", "bert.encoder.layer.{L}.attention.output.dense.weight", Dim::Hidden, Dim::Heads,
     Role::Weight},
    {"encoder.{L}.self.output.bias", "bert.encoder.layer.{L}.attention.output.dense.bias", Dim::Hidden, Dim::None,
     Role::Weight},
    {"encoder.{L}.self.norm.weight", "bert.encoder.layer.{L}.attention.output.LayerNorm.weight", Dim::Hidden, Dim::None,
     Role::Norm},
    {"encoder.{L}.self.norm.bias", "bert.encoder.layer.{L}.attention.output.LayerNorm.bias", Dim::Hidden, Dim::None,
     Role::Norm},
    {"encoder.{L}.ff.up.weight", "bert.encoder.layer.{L}.intermediate.dense.weight", Dim::Intermediate, Dim::Hidden,
     Role::Weight},
    {"encoder.{L}.ff.up.bias", "bert.encoder.layer.{L}.intermediate.dense.bias", Dim::Intermediate, Dim::None,
     Role::Weight},
    {"encoder.{L}.ff.down.weight", "bert.encoder.layer.{L}.output.dense.weight", Dim::Hidden, Dim::Intermediate,
     Role::Weight},
    {"encoder.{L}.ff.down.bias", "bert.encoder.layer.{L}.output.dense.bias", Dim::Hidden, Dim::None, Role::Weight},
    {"encoder.{L}.ff.norm.weight", "bert.encoder.layer.{L}.output.LayerNorm.weight", Dim::Hidden, Dim::None,
     Role::Norm},
    {"encoder.{L}.ff.norm.bias", "bert.encoder.layer.{L}.output.LayerNorm.bias", Dim::Hidden, Dim::None, Role::Norm},
};
constexpr NameRow kBertAfter[] = {
    {"pooler.weight", "bert.pooler.dense.weight", Dim::Hidden, Dim::Hidden, Role::Head},
    {"pooler.bias", "bert.pooler.dense.bias", Dim::Hidden, Dim::None, Role::Head},
    {"classifier.weight", "classifier.weight", Dim::Labels, Dim::Hidden, Role::Head},
    {"classifier.bias", "classifier.bias", Dim::Labels, Dim::None, Role::Head},
};
constexpr FamilyNames kBert{"bert.", kBertBefore, kBertLayer, kBertAfter};

const FamilyNames& namesOf(const ModelConfig& config) {
  if (config.family == "bert") return kBert;
  throw Error(ErrorKind::BadInput,
              config.path + ": family " + shown(config.family) + " has no table of weights in this version");
}

std::string withLayer(std::string_view pattern, int layer) {
  std::string name(pattern);
  if (const size_t at = name.find("{L}"); at != std::string::npos) name.replace(at, 3, std::to_string(layer));
  return name;
}

std::int64_t sizeOf(Dim dim, const ModelConfig& config, int layer) {
  switch (dim) {
    case Dim::Hidden: return config.hidden;
    case Dim::Intermediate: return config.intermediate;
    case Dim::Vocabulary: return config.vocabulary;
    case Dim::Positions: return config.maxPositions;
    case Dim::Types: return config.typeVocabulary;
    case Dim::Labels: return config.labelCount();
    case Dim::Heads: return std::int64_t{config.heads.headsIn(layer)} * config.headDim;
    case Dim::None: break;
  }
  return 1;
}

ParameterSpec makeSpec(const NameRow& row, const ModelConfig& config, int layer) {
  std::vector<std::int64_t> shape{sizeOf(row.rows, config, layer)};
  if (row.columns != Dim::None) shape.push_back(sizeOf(row.columns, config, layer));
  const bool noDecay = row.role == Role::Norm || row.columns == Dim::None;
  return {withLayer(row.canonical, layer), withLayer(row.hfName, layer), std::move(shape), noDecay,
          row.role == Role::Head};
}

// "gamma" and "beta" are what TensorFlow called a norm's weight and bias.
std::optional<std::string> oldSpelling(const std::string& name) {
  for (const auto& [now, before] :
       {std::pair("LayerNorm.weight", "LayerNorm.gamma"), std::pair("LayerNorm.bias", "LayerNorm.beta")})
    if (name.ends_with(now)) return name.substr(0, name.size() - std::string_view(now).size()) + before;
  return std::nullopt;
}

const TensorInfo* findTensor(const TensorSource& source, const std::string& hfName, std::string_view prefix) {
  std::vector<std::string> spellings{hfName};
  if (hfName.starts_with(prefix)) spellings.push_back(hfName.substr(prefix.size()));
  for (size_t i = 0, count = spellings.size(); i < count; ++i)
    if (auto old = oldSpelling(spellings[i])) spellings.push_back(std::move(*old));
  for (const std::string& name : spellings)
    if (const TensorInfo* found = source.find(name)) return found;
  return nullptr;
}

std::string whatConfigSays(const ModelConfig& config) {
  return config.path + " says hidden_size " + std::to_string(config.hidden) + ", num_hidden_layers " +
         std::to_string(config.layers) + ", num_attention_heads " + std::to_string(config.defaultHeads) + ", " +
         std::to_string(config.labelCount()) + " labels" + (config.alreadyPruned() ? " and pruned heads" : "") +
         "; take config and weights of the same model";
}

void checkTensor(const TensorSource& source, const TensorInfo& tensor, const ParameterSpec& spec,
                 const ModelConfig& config) {
  const std::string where = source.fileOf(tensor.name) + ": tensor " + tensor.name + ": ";
  if (!isFloating(tensor.dtype))
    throw Error(ErrorKind::BadFile, where + "found type " + std::string(dtypeName(tensor.dtype)) +
                                        ", expected F32, F16, BF16 or F64; save the model without quantisation");
  if (tensor.shape != spec.shape)
    throw Error(ErrorKind::BadFile, where + "found shape " + shapeText(tensor.shape) + ", expected " +
                                        shapeText(spec.shape) + " as " + whatConfigSays(config));
}

// A layer's tensor beyond the configured layers: config and weights are of different models.
void refuseMoreLayers(const TensorSource& source, const ModelConfig& config, const FamilyNames& names) {
  for (const NameRow& row : names.perLayer)
    if (const TensorInfo* found = findTensor(source, withLayer(row.hfName, config.layers), names.prefix))
      throw Error(ErrorKind::BadFile, source.fileOf(found->name) + ": tensor " + found->name + ": found, expected " +
                                          std::to_string(config.layers) + " layers only as " + whatConfigSays(config));
}

[[noreturn]] void failMissing(const TensorSource& source, const ParameterSpec& spec, const ModelConfig& config) {
  if (spec.head)
    throw Error(ErrorKind::BadFile, source.path() + ": tensor " + spec.hfName + ": not found, expected " +
                                        shapeText(spec.shape) +
                                        "; the model has no trained classifier, train one first (train --method none)");
  throw Error(ErrorKind::BadFile, source.path() + ": tensor " + spec.hfName + ": not found, expected " +
                                      shapeText(spec.shape) + " as " + whatConfigSays(config));
}

}  // namespace

std::vector<ParameterSpec> parameterSpecs(const ModelConfig& config) {
  const FamilyNames& names = namesOf(config);
  std::vector<ParameterSpec> specs;
  for (const NameRow& row : names.before) specs.push_back(makeSpec(row, config, 0));
  for (int layer = 0; layer < config.layers; ++layer)
    for (const NameRow& row : names.perLayer) specs.push_back(makeSpec(row, config, layer));
  for (const NameRow& row : names.after) specs.push_back(makeSpec(row, config, 0));
  return specs;
}

std::int64_t parameterCount(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const ParameterSpec& spec : parameterSpecs(config)) count += elementCount(spec.shape).value_or(0);
  return count;
}

ResolvedWeights resolveWeights(const TensorSource& source, const ModelConfig& config, bool allowMissingHead) {
  const FamilyNames& names = namesOf(config);
  ResolvedWeights resolved;
  std::set<std::string> used;
  for (ParameterSpec& spec : parameterSpecs(config)) {
    const TensorInfo* tensor = findTensor(source, spec.hfName, names.prefix);
    if (tensor == nullptr && !(spec.head && allowMissingHead)) failMissing(source, spec, config);
    if (tensor == nullptr) {
      resolved.missing.push_back(spec.canonical);
      resolved.parameters.push_back({std::move(spec), "", Dtype::F32});
      continue;
    }
    checkTensor(source, *tensor, spec, config);
    used.insert(tensor->name);
    resolved.parameters.push_back({std::move(spec), tensor->name, tensor->dtype});
  }
  refuseMoreLayers(source, config, names);
  for (const auto& [name, tensor] : source.tensors())
    if (!used.contains(name)) resolved.unused.push_back(name);
  return resolved;
}

}  // namespace headroom
