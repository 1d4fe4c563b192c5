// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "core/checkpoint/fresh_config.h"
#include "tests/core/model/fixtures.h"

namespace headroom::test {

/// A small fresh model, its config.json changed by `changes`; without dropout unless they say so.
inline ModelConfig smallConfig(const std::string& family, const std::string& task, const nlohmann::json& changes) {
  FreshModel fresh;
  fresh.family = family;
  fresh.task = task;
  fresh.layers = 1;
  fresh.heads = 2;
  fresh.hidden = 16;
  fresh.intermediate = 32;
  fresh.vocabulary = 30;
  fresh.padId = family == "roberta" ? 1 : 0;
  fresh.dropout = 0;
  nlohmann::json json = nlohmann::json::parse(freshConfigJson(fresh));
  json.update(changes);
  ModelConfig config = parseModelConfig(json.dump(), "config.json");
  config.initializerRange = 0.3;
  return config;
}

inline ModelInput tokensOnly(const torch::Tensor& ids) { return {ids, {}, {}, {}, {}, {}}; }

/// A decoder that classifies texts, its padding also what texts begin with.
inline Transformer decoderClassifier() {
  const ModelConfig config = smallConfig("gpt2", "",
                                         {{"architectures", nlohmann::json::array({"GPT2ForSequenceClassification"})},
                                          {"pad_token_id", 0},
                                          {"bos_token_id", 0},
                                          {"eos_token_id", 0}});
  return {config, Parameters::random(config, 4)};
}

/// Two texts for it, the shorter one padded.
inline ModelInput twoTexts() {
  ModelInput input = tokensOnly(torch::tensor({{0, 5, 6, 7, 0, 0, 0}, {0, 9, 8, 7, 6, 5, 4}}, torch::kInt64));
  input.mask = torch::tensor({{1, 1, 1, 1, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1}}, torch::kInt64);
  return input;
}

}  // namespace headroom::test
