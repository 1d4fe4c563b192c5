// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/tensor_source.h"
#include "core/jobs/model_input_file.h"
#include "core/model/torch_api.h"
#include "core/model/transformer.h"

namespace headroom::test {

inline std::string fixture(const std::string& name) { return std::string(HEADROOM_FIXTURES) + "/" + name; }

inline Transformer openTransformer(const std::string& folder) {
  const ModelConfig config = readModelConfig(folder);
  return {config, Parameters::load(*openWeights(folder), config, torch::kCPU)};
}

inline ModelInput openInputs(const std::string& folder) {
  return readModelInput(folder + "/inputs.safetensors", readModelConfig(folder), torch::kCPU);
}

/// 1 for kept heads, 0 for the others.
inline torch::Tensor gatesOf(const HeadMask& mask) {
  return torch::tensor(std::vector<float>(mask.bytes().begin(), mask.bytes().end()));
}

inline double largestDifference(const torch::Tensor& a, const torch::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return a.numel() == 0 ? 0.0 : (a - b).abs().max().item<double>();
}

/// A BERT with the given heads in each layer and random weights.
inline Transformer randomBert(const std::vector<int>& heads, int hidden = 32, int defaultHeads = 4,
                              std::uint64_t seed = 1) {
  std::string perLayer;
  for (const int h : heads) perLayer += (perLayer.empty() ? "" : ",") + std::to_string(h);
  const std::string json =
      R"({"model_type":"bert","architectures":["BertForSequenceClassification"],"hidden_size":)" +
      std::to_string(hidden) + R"(,"num_hidden_layers":)" + std::to_string(heads.size()) +
      R"(,"num_attention_heads":)" + std::to_string(defaultHeads) +
      R"(,"intermediate_size":64,"vocab_size":50,"max_position_embeddings":24,"type_vocab_size":2,"hidden_act":"gelu",)" +
      R"("initializer_range":0.2,"hidden_dropout_prob":0.1,"attention_probs_dropout_prob":0.1,)" +
      R"("headroom":{"heads_per_layer":[)" + perLayer + "]}}";
  const ModelConfig config = parseModelConfig(json, "config.json");
  return {config, Parameters::random(config, seed)};
}

inline ModelInput randomBatch(int rows, int length, std::uint64_t seed = 3) {
  torch::manual_seed(seed);
  ModelInput batch{
      torch::randint(0, 50, {rows, length}, torch::kInt64), torch::ones({rows, length}, torch::kInt64), {}, {}, {}, {}};
  for (int row = 1; row < rows; ++row) batch.mask[row].slice(0, length - row).zero_();
  return batch;
}

}  // namespace headroom::test
