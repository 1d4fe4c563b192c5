// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/rng.h"
#include "core/checkpoint/fresh_config.h"
#include "core/scores/score_functions.h"

namespace headroom::test {

/// A random model and random texts for it.
struct ScoredToy {
  explicit ScoredToy(const std::string& family = "bert", int layers = 2, int heads = 3, int examples = 12) {
    FreshModel fresh;
    fresh.family = family;
    fresh.layers = layers;
    fresh.heads = heads;
    fresh.kvHeads = family == "llama" ? heads / 2 : 0;
    fresh.hidden = 8 * heads;
    fresh.intermediate = 32;
    fresh.vocabulary = 50;
    config = parseModelConfig(freshConfigJson(fresh), "config.json");
    config.initializerRange = 0.4;  // far from even attention
    model.emplace(config, Parameters::random(config, 5));
    data.kind = family == "llama" ? DataKind::TextStream : DataKind::Classification;
    data.labels = {"a", "b"};
    Rng rng(9);
    for (int i = 0; i < examples; ++i) {
      Example example;
      for (int t = 0; t < 5 + i % 3; ++t) example.ids.push_back(static_cast<int>(5 + rng.below(45)));
      if (data.kind == DataKind::TextStream) {
        example.targets.assign(example.ids.begin() + 1, example.ids.end());
        example.targets.push_back(7);
      }
      example.types.assign(example.ids.size(), 0);
      example.label = static_cast<int>(rng.below(2));
      data.examples.push_back(example);
    }
    data.summary.meanLength = 6;
    set.emplace(data, config, BatchSettings{}, torch::kCPU, 5);
  }

  [[nodiscard]] HeadScores score(ScoreFunction function, int keep = -1) const {
    return function({*model, *set, options, context, keep});
  }
  /// Mean loss under gates, plainly.
  [[nodiscard]] double loss(const torch::Tensor& gates) const {
    const torch::NoGradGuard noGrad;
    ForwardOptions forward;
    forward.gates = gates;
    double sum = 0, judged = 0;
    for (const EvaluationBatch& batch : set->batches())
      for (const RowScore& row : scoreRows(model->forward(batch.input, forward).logits, batch.targets)) {
        sum += row.score.loss;
        judged += static_cast<double>(row.score.judged);
      }
    return sum / judged;
  }
  [[nodiscard]] int heads() const { return model->layout().headCount(); }

  ModelConfig config;
  std::optional<Transformer> model;
  Dataset data;
  std::optional<EvaluationSet> set;
  ScoreOptions options;
  JobContext context;
};

/// A random translator and random pairs for it.
struct TranslatingToy {
  TranslatingToy() : config(makeConfig()), model(config, Parameters::random(config, 5)) {
    data.kind = DataKind::ParallelText;
    Rng rng(9);
    for (int i = 0; i < 6; ++i) {
      Example example;
      for (int t = 0; t < 4 + i % 3; ++t) example.ids.push_back(static_cast<int>(5 + rng.below(45)));
      for (int t = 0; t < 3 + i % 2; ++t) example.targets.push_back(static_cast<int>(5 + rng.below(45)));
      data.examples.push_back(example);
    }
    data.summary.meanLength = 6;
    set.emplace(data, config, BatchSettings{0, config.decoderStartId, {}}, torch::kCPU, 3);
  }
  static ModelConfig makeConfig() {
    FreshModel fresh;
    fresh.family = "marian";
    fresh.layers = 2;
    fresh.heads = 3;
    fresh.hidden = 24;
    fresh.intermediate = 32;
    fresh.vocabulary = 50;
    fresh.padId = fresh.startId = 49;
    fresh.eosId = 1;
    ModelConfig made = parseModelConfig(freshConfigJson(fresh), "config.json");
    made.initializerRange = 0.4;
    return made;
  }

  ModelConfig config;
  Transformer model;
  Dataset data;
  std::optional<EvaluationSet> set;
  ScoreOptions options;
  JobContext context;
};

}  // namespace headroom::test
