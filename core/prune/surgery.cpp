// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prune/surgery.h"

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

/// The rows (of Q, K, V) or columns (of O) that belong to `heads`.
torch::Tensor featuresOf(const std::vector<int>& heads, int headDim, torch::Device device) {
  std::vector<std::int64_t> features;
  for (const int head : heads)
    for (int i = 0; i < headDim; ++i) features.push_back(static_cast<std::int64_t>(head) * headDim + i);
  return torch::tensor(features, torch::kInt64).to(device);
}

void put(Parameters::Entry& entry, const std::string& prefix, const AttentionWeights& weights) {
  const std::pair<const char*, const torch::Tensor*> parts[] = {
      {"query.weight", &weights.queryWeight}, {"query.bias", &weights.queryBias}, {"key.weight", &weights.keyWeight},
      {"key.bias", &weights.keyBias},         {"value.weight", &weights.valueWeight}, {"value.bias", &weights.valueBias},
      {"output.weight", &weights.outputWeight}};
  for (const auto& [name, tensor] : parts) {
    if (entry.spec.canonical != prefix + name) continue;
    entry.tensor = *tensor;
    entry.spec.shape = tensor->sizes().vec();
  }
}

}  // namespace

AttentionWeights keepHeads(const AttentionWeights& weights, const std::vector<int>& heads) {
  const torch::NoGradGuard noGrad;
  AttentionWeights kept = weights;
  if (static_cast<int>(heads.size()) == weights.heads) return kept;
  const torch::Tensor features = featuresOf(heads, weights.headDim, weights.outputWeight.device());
  for (torch::Tensor* rows : {&kept.queryWeight, &kept.queryBias, &kept.keyWeight, &kept.keyBias, &kept.valueWeight, &kept.valueBias})
    *rows = rows->index_select(0, features);
  kept.outputWeight = kept.outputWeight.index_select(1, features);
  kept.heads = static_cast<int>(heads.size());
  return kept;
}

Transformer compact(const Transformer& model, const HeadMask& mask) {
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    const AttentionWeights kept = keepHeads(model.attention(block), keptHeads(mask, block));
    for (Parameters::Entry& entry : entries) put(entry, "encoder." + std::to_string(block) + ".self.", kept);
  }
  return Transformer(parseModelConfig(prunedConfigJson(model.config(), mask), model.config().path), Parameters(std::move(entries)));
}

Parameters zeroed(const Transformer& model, const HeadMask& mask) {
  const torch::NoGradGuard noGrad;
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (Parameters::Entry& entry : entries) {
    for (int block = 0; block < mask.layout().blockCount(); ++block) {
      if (entry.spec.canonical != "encoder." + std::to_string(block) + ".self.output.weight" || mask.keptIn(block) == mask.layout().headsIn(block))
        continue;
      entry.tensor = entry.tensor.detach().clone();
      for (int head = 0; head < mask.layout().headsIn(block); ++head)
        if (!mask.kept(HeadId{block, head})) entry.tensor.narrow(1, static_cast<std::int64_t>(head) * model.config().headDim, model.config().headDim).zero_();
    }
  }
  return Parameters(std::move(entries));
}

std::int64_t parametersLeft(const ModelConfig& config, const HeadMask& mask) {
  return parameterCount(parseModelConfig(prunedConfigJson(config, mask), config.path));
}

}  // namespace headroom
