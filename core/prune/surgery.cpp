// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prune/surgery.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/checkpoint/pruned_config.h"
#include "core/checkpoint/weight_names.h"

namespace headroom {

namespace {

std::vector<int> keptHeads(const HeadMask& mask, int block) {
  std::vector<int> heads;
  for (int head = 0; head < mask.layout().headsIn(block); ++head)
    if (mask.kept(HeadId{block, head})) heads.push_back(head);
  return heads;
}

/// Places of `left` among `all`; both increase.
std::vector<int> placesOf(const std::vector<int>& left, const std::vector<int>& all) {
  std::vector<int> places;
  for (const int each : left)
    places.push_back(static_cast<int>(std::lower_bound(all.begin(), all.end(), each) - all.begin()));
  return places;
}

/// The rows (of Q, K, V) or columns (of O) that belong to `heads`.
torch::Tensor featuresOf(const std::vector<int>& heads, int headDim, torch::Device device) {
  std::vector<std::int64_t> features;
  for (const int head : heads)
    for (int i = 0; i < headDim; ++i) features.push_back(static_cast<std::int64_t>(head) * headDim + i);
  return torch::tensor(features, torch::kInt64).to(device);
}

/// What is left of each kind of projection: the features of the kept query heads and of the key/value heads they read.
struct Features {
  torch::Tensor query, keyValue;
};

/// Cuts one parameter of a block; `part` is its name without the block's prefix.
torch::Tensor cutOne(const std::string& part, const torch::Tensor& tensor, const Features& kept) {
  if (part == "output.weight") return tensor.index_select(1, kept.query);
  if (part.starts_with("query.")) return tensor.index_select(0, kept.query);
  if (part.starts_with("key.") || part.starts_with("value.")) return tensor.index_select(0, kept.keyValue);
  return tensor;
}

/// The attention block's parameters that heads have a share in.
std::vector<Parameters::Entry*> entriesOf(const BlockId& block, std::vector<Parameters::Entry>& entries) {
  const std::string prefix = attentionPrefix(block);
  std::vector<Parameters::Entry*> found;
  for (Parameters::Entry& entry : entries) {
    const std::string& name = entry.spec.canonical;
    if (!name.starts_with(prefix)) continue;
    const std::string part = name.substr(prefix.size());
    if (part == "output.weight" || part.starts_with("query.") || part.starts_with("key.") || part.starts_with("value."))
      found.push_back(&entry);
  }
  return found;
}

std::vector<torch::Tensor> cutEach(const std::vector<Parameters::Entry*>& entries, const std::vector<int>& heads,
                                   const std::vector<int>& keyValues, int headDim) {
  std::vector<torch::Tensor> tensors;
  for (const Parameters::Entry* entry : entries) {
    const torch::Device device = entry->tensor.device();
    const Features kept{featuresOf(heads, headDim, device), featuresOf(keyValues, headDim, device)};
    const std::string& name = entry->spec.canonical;
    const size_t weight = name.rfind('.');
    tensors.push_back(cutOne(name.substr(name.rfind('.', weight - 1) + 1), entry->tensor, kept));
  }
  return tensors;
}

/// sum over the block's pruned heads of W_O b_V, float32 [hidden].
torch::Tensor foldedBias(const AttentionWeights& weights, const AttentionBlock& shape, const HeadMask& mask,
                         int block) {
  const std::int64_t headDim = weights.headDim;
  const torch::Tensor output = weights.output.weight.to(torch::kFloat32),
                      values = weights.value.bias.to(torch::kFloat32);
  torch::Tensor sum = torch::zeros({output.size(0)}, output.options());
  for (int head = 0; head < shape.heads; ++head)
    if (!mask.kept(HeadId{block, head}))
      sum += output.narrow(1, head * headDim, headDim).mv(values.narrow(0, shape.keyValueOf(head) * headDim, headDim));
  return sum;
}

}  // namespace

bool hasValueBiases(const ModelConfig& config) {
  const std::vector<ParameterSpec> specs = parameterSpecs(config);
  const auto any = [&](const std::string& end) {
    return std::any_of(specs.begin(), specs.end(),
                       [&](const ParameterSpec& spec) { return spec.canonical.ends_with(end); });
  };
  return any(".self.value.bias") && any(".self.output.bias");
}

Transformer withFoldedValueBiases(const Transformer& model, const HeadMask& mask) {
  const torch::NoGradGuard noGrad;
  if (!hasValueBiases(model.config()))
    throw Error(ErrorKind::BadInput, model.config().path + ": found no value and output biases in the attention of " +
                                         model.config().family + ", expected some to fold; save without folding");
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    if (mask.keptIn(block) == mask.layout().headsIn(block)) continue;
    const AttentionBlock& shape = mask.layout().blocks()[static_cast<size_t>(block)];
    const std::string name = attentionPrefix(shape.id) + "output.bias";
    for (Parameters::Entry& entry : entries)
      if (entry.spec.canonical == name)
        // In float32 whatever type the file has: a short type would round away what is folded in.
        entry.tensor = entry.tensor.to(torch::kFloat32) + foldedBias(model.attention(block), shape, mask, block);
  }
  return Transformer(model.config(), Parameters(std::move(entries)), model.computeType());
}

const std::vector<torch::Tensor>* CutBlocks::find(const Key& key) const {
  const auto found = m_blocks.find(key);
  return found != m_blocks.end() ? &found->second : nullptr;
}

void CutBlocks::add(const Key& key, std::vector<torch::Tensor> tensors) {
  for (const torch::Tensor& tensor : tensors) m_bytes += static_cast<std::int64_t>(tensor.nbytes());
  m_blocks.emplace(key, std::move(tensors));
}

Transformer compact(const Transformer& model, const HeadMask& mask) {
  CutBlocks cut;
  return compact(model, mask, cut);
}

Transformer compact(const Transformer& model, const HeadMask& mask, CutBlocks& cut) {
  const torch::NoGradGuard noGrad;
  const ModelConfig& config = model.config();
  ModelConfig pruned = parseModelConfig(prunedConfigJson(config, mask), config.path);
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  const std::vector<ParameterSpec> specs = parameterSpecs(pruned);
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    const std::vector<int> heads = keptHeads(mask, block);
    if (static_cast<int>(heads.size()) == mask.layout().headsIn(block)) continue;
    const std::vector<Parameters::Entry*> ofBlock =
        entriesOf(mask.layout().blocks()[static_cast<size_t>(block)].id, entries);
    if (!cut.find({block, heads})) {
      const std::vector<int> keyValues =
          placesOf(pruned.originalKeyValueHeads(block), config.originalKeyValueHeads(block));
      cut.add({block, heads}, cutEach(ofBlock, heads, keyValues, config.headDim));
    }
    const std::vector<torch::Tensor>& tensors = *cut.find({block, heads});
    for (size_t i = 0; i < ofBlock.size(); ++i) ofBlock[i]->tensor = tensors[i];
  }
  for (size_t i = 0; i < entries.size(); ++i) entries[i].spec = specs[i];
  return Transformer(std::move(pruned), Parameters(std::move(entries)), model.computeType());
}

Parameters zeroed(const Transformer& model, const HeadMask& mask) {
  const torch::NoGradGuard noGrad;
  const int headDim = model.config().headDim;
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    if (mask.keptIn(block) == mask.layout().headsIn(block)) continue;
    const std::string name = attentionPrefix(mask.layout().blocks()[static_cast<size_t>(block)].id) + "output.weight";
    for (Parameters::Entry& entry : entries) {
      if (entry.spec.canonical != name) continue;
      entry.tensor = entry.tensor.detach().clone();
      for (int head = 0; head < mask.layout().headsIn(block); ++head)
        if (!mask.kept(HeadId{block, head}))
          entry.tensor.narrow(1, static_cast<std::int64_t>(head) * headDim, headDim).zero_();
    }
  }
  return Parameters(std::move(entries));
}

std::int64_t parametersLeft(const ModelConfig& config, const HeadMask& mask) {
  return parameterCount(parseModelConfig(prunedConfigJson(config, mask), config.path));
}

}  // namespace headroom
