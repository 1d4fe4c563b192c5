// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/weight_names.h"

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/families/family.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

const Family& familyOf(const ModelConfig& config) {
  if (const Family* family = findFamily(config.family)) return *family;
  throw Error(ErrorKind::BadInput,
              config.path + ": family " + shown(config.family) + " has no table of weights in this version");
}

std::string expanded(std::string_view pattern, std::string_view prefix, int layer) {
  std::string name(pattern);
  if (name.starts_with("{P}")) name.replace(0, 3, prefix);
  if (const size_t at = name.find("{L}"); at != std::string::npos) name.replace(at, 3, std::to_string(layer));
  return name;
}

/// Sizes for the rows of one layer of one stack; `cross` tells which of its blocks the row belongs to.
class RowSizes {
 public:
  RowSizes(const ModelConfig& config, const StackConfig& stack, int layer, bool cross)
      : m_config(config),
        m_stack(stack),
        m_block(config.blockOf(stack.stack, cross ? AttentionKind::Cross : AttentionKind::Self, layer)) {}

  [[nodiscard]] std::vector<std::int64_t> shape(const std::array<Dim, 4>& dims) const {
    std::vector<std::int64_t> sizes;
    for (const Dim dim : dims)
      if (dim != Dim::None) sizes.push_back(of(dim));
    return sizes;
  }

 private:
  [[nodiscard]] std::int64_t of(Dim dim) const {
    switch (dim) {
      case Dim::Hidden: return m_config.hidden;
      case Dim::Intermediate: return m_stack.intermediate;
      case Dim::Vocabulary: return m_config.vocabulary;
      case Dim::Positions: return std::int64_t{m_config.maxPositions} + m_config.positionOffset;
      case Dim::Types: return m_config.typeVocabulary;
      case Dim::Labels: return m_config.labelCount();
      case Dim::Heads: return std::int64_t{block().heads} * m_config.headDim;
      case Dim::KeyValueHeads: return std::int64_t{block().kvHeads} * m_config.headDim;
      case Dim::StackHeads: return m_stack.heads;
      case Dim::Buckets: return m_config.relativeBuckets;
      case Dim::Channels: return m_config.patch.channels;
      case Dim::PatchSide: return m_config.patch.patchSize;
      case Dim::PatchTokens: return m_config.maxPositions;
      case Dim::None:
      case Dim::One: break;
    }
    return 1;
  }
  [[nodiscard]] const AttentionBlock& block() const { return m_config.heads.blocks()[static_cast<size_t>(m_block)]; }

  const ModelConfig& m_config;
  const StackConfig& m_stack;
  int m_block;
};

bool hasBias(const WeightRow& row, const ModelConfig& config) {
  switch (row.kind == RowKind::Norm || row.kind == RowKind::Linear || row.kind == RowKind::Conv1d ? row.bias
                                                                                                  : BiasOf::Never) {
    case BiasOf::Always: return row.kind != RowKind::Norm || config.norm == NormKind::LayerNorm;
    case BiasOf::Query: return config.queryBias;
    case BiasOf::Output: return config.outputBias;
    case BiasOf::FeedForward: return config.feedForwardBias;
    case BiasOf::Never: break;
  }
  return false;
}

/// The specs that one row of a table stands for.
void expandRow(const WeightRow& row, std::string_view prefix, int layer, const RowSizes& sizes,
               const ModelConfig& config, std::vector<ParameterSpec>& specs) {
  if (row.when && !row.when(config)) return;
  const auto add = [&](const char* ending, std::vector<std::int64_t> shape) {
    const bool conv = row.kind == RowKind::Conv1d;
    StoredAs stored{shape, conv && shape.size() > 1, row.parts, shape[0] * row.part};
    stored.shape[0] *= row.parts;
    if (stored.transposed) std::swap(stored.shape[0], stored.shape[1]);
    const bool noDecay = row.kind == RowKind::Norm || shape.size() == 1;
    specs.push_back({expanded(row.canonical, prefix, layer) + ending, expanded(row.hfName, prefix, layer) + ending,
                     std::move(shape), std::move(stored), noDecay, row.head, std::string(row.alsoCalled)});
  };
  std::vector<std::int64_t> shape = sizes.shape(row.shape);
  const std::int64_t outputs = shape[0];
  add(row.kind == RowKind::Tensor ? "" : ".weight", std::move(shape));
  if (hasBias(row, config)) add(".bias", {outputs});
}

void expandRows(std::span<const WeightRow> rows, const ModelConfig& config, const StackConfig& stack, int layer,
                std::vector<ParameterSpec>& specs) {
  const std::string_view prefix = familyOf(config).weights.prefix;
  for (const WeightRow& row : rows) {
    const bool cross = row.canonical.find(".cross.") != std::string_view::npos;
    expandRow(row, prefix, layer, RowSizes(config, stack, layer, cross), config, specs);
  }
}

std::span<const WeightRow> layerRows(const WeightTable& table, Stack stack) {
  return stack == Stack::Encoder ? table.encoderLayer : table.decoderLayer;
}

// "gamma" and "beta" are what TensorFlow called a norm's weight and bias.
std::optional<std::string> oldSpelling(const std::string& name) {
  for (const auto& [now, before] :
       {std::pair("LayerNorm.weight", "LayerNorm.gamma"), std::pair("LayerNorm.bias", "LayerNorm.beta")})
    if (name.ends_with(now)) return name.substr(0, name.size() - std::string_view(now).size()) + before;
  return std::nullopt;
}

/// With or without the family's prefix, in today's spelling or the old one. Bare models of some families lack the
/// prefix.
const TensorInfo* findTensor(const TensorSource& source, const ParameterSpec& spec, std::string_view prefix) {
  std::vector<std::string> spellings{spec.hfName};
  if (!spec.alsoCalled.empty()) spellings.push_back(spec.alsoCalled);
  if (!prefix.empty())
    for (size_t i = 0, count = spellings.size(); i < count; ++i)
      if (spellings[i].starts_with(prefix)) spellings.push_back(spellings[i].substr(prefix.size()));
  for (size_t i = 0, count = spellings.size(); i < count; ++i)
    if (auto old = oldSpelling(spellings[i])) spellings.push_back(std::move(*old));
  for (const std::string& name : spellings)
    if (const TensorInfo* found = source.find(name)) return found;
  return nullptr;
}

/// "hidden_size 64, encoder of 4 layers x 4 heads, 3 labels": the sizes that shapes follow from.
std::string whatConfigSays(const ModelConfig& config) {
  std::string text = config.path + " says hidden size " + std::to_string(config.hidden);
  for (const StackConfig& stack : config.stacks) {
    text += ", " + std::to_string(stack.layers) + (stack.stack == Stack::Encoder ? " encoder" : " decoder") +
            " layers of " + std::to_string(stack.heads) + " heads";
    if (stack.kvHeads != stack.heads) text += " (" + std::to_string(stack.kvHeads) + " for keys and values)";
  }
  if (config.vocabulary > 0) text += ", vocabulary " + std::to_string(config.vocabulary);
  if (config.labelCount() > 0) text += ", " + std::to_string(config.labelCount()) + " labels";
  return text + (config.alreadyPruned() ? " and pruned heads" : "") + "; take config and weights of the same model";
}

void checkTensor(const TensorSource& source, const TensorInfo& tensor, const ParameterSpec& spec,
                 const ModelConfig& config) {
  const std::string where = source.fileOf(tensor.name) + ": tensor " + tensor.name + ": ";
  if (!isFloating(tensor.dtype))
    throw Error(ErrorKind::BadFile, where + "found type " + std::string(dtypeName(tensor.dtype)) +
                                        ", expected F32, F16, BF16 or F64; save the model without quantisation");
  if (tensor.shape != spec.stored.shape)
    throw Error(ErrorKind::BadFile, where + "found shape " + shapeText(tensor.shape) + ", expected " +
                                        shapeText(spec.stored.shape) + " as " + whatConfigSays(config));
}

// A layer's tensor beyond the configured layers: config and weights are of different models.
void refuseMoreLayers(const TensorSource& source, const ModelConfig& config, const WeightTable& table) {
  for (const StackConfig& stack : config.stacks) {
    // Sizes of the last layer serve: only the names count here.
    std::vector<ParameterSpec> last;
    expandRows(layerRows(table, stack.stack), config, stack, stack.layers - 1, last);
    const std::string number = "." + std::to_string(stack.layers - 1) + ".",
                      following = "." + std::to_string(stack.layers) + ".";
    for (ParameterSpec& spec : last) {
      spec.hfName.replace(spec.hfName.find(number), number.size(), following);
      if (const TensorInfo* found = findTensor(source, spec, table.prefix))
        throw Error(ErrorKind::BadFile, source.fileOf(found->name) + ": tensor " + found->name + ": found, expected " +
                                            std::to_string(stack.layers) + " layers only as " + whatConfigSays(config));
    }
  }
}

/// The output projection that a tied model's checkpoint has beside the embeddings (`used`).
std::optional<ResolvedParameter> findOutputCopy(const TensorSource& source, const ModelConfig& config,
                                                const std::set<std::string>& used) {
  if (!config.tiedOutput || !predictsTokens(config.task)) return std::nullopt;
  ModelConfig untied = config;
  untied.tiedOutput = false;
  for (ParameterSpec& spec : parameterSpecs(untied)) {
    if (spec.canonical != "output.weight") continue;
    const TensorInfo* tensor = findTensor(source, spec, familyOf(config).weights.prefix);
    if (tensor == nullptr || used.contains(tensor->name)) return std::nullopt;
    checkTensor(source, *tensor, spec, config);
    return ResolvedParameter{std::move(spec), tensor->name, tensor->dtype};
  }
  return std::nullopt;
}

[[noreturn]] void failMissing(const TensorSource& source, const ParameterSpec& spec, const ModelConfig& config) {
  if (spec.head)
    throw Error(ErrorKind::BadFile, source.path() + ": tensor " + spec.hfName + ": not found, expected " +
                                        shapeText(spec.stored.shape) +
                                        "; the model has no trained head for its task (" + taskName(config.task) +
                                        "), train one first (train --method none)");
  throw Error(ErrorKind::BadFile, source.path() + ": tensor " + spec.hfName + ": not found, expected " +
                                      shapeText(spec.stored.shape) + " as " + whatConfigSays(config));
}

}  // namespace

std::vector<ParameterSpec> parameterSpecs(const ModelConfig& config) {
  const WeightTable& table = familyOf(config).weights;
  std::vector<ParameterSpec> specs;
  const auto outside = [&](std::span<const WeightRow> rows) {
    for (const WeightRow& row : rows) {
      const bool ofDecoder = row.canonical.starts_with("decoder.") && config.stack(Stack::Decoder);
      const StackConfig& stack = ofDecoder ? *config.stack(Stack::Decoder) : config.stacks.front();
      expandRow(row, table.prefix, 0, RowSizes(config, stack, 0, false), config, specs);
    }
  };
  outside(table.before);
  for (const StackConfig& stack : config.stacks)
    for (int layer = 0; layer < stack.layers; ++layer)
      expandRows(layerRows(table, stack.stack), config, stack, layer, specs);
  outside(table.after);
  return specs;
}

std::int64_t parameterCount(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const ParameterSpec& spec : parameterSpecs(config)) count += elementCount(spec.shape).value_or(0);
  return count;
}

ResolvedWeights resolveWeights(const TensorSource& source, const ModelConfig& config, bool allowMissingHead) {
  const WeightTable& table = familyOf(config).weights;
  ResolvedWeights resolved;
  std::set<std::string> used;
  for (ParameterSpec& spec : parameterSpecs(config)) {
    const TensorInfo* tensor = findTensor(source, spec, table.prefix);
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
  refuseMoreLayers(source, config, table);
  resolved.outputCopy = findOutputCopy(source, config, used);
  for (const auto& [name, tensor] : source.tensors())
    if (!used.contains(name)) resolved.unused.push_back(name);
  return resolved;
}

}  // namespace headroom
