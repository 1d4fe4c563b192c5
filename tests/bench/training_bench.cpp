// SPDX-License-Identifier: GPL-3.0-or-later
// What gates cost: a step of one method against the same step of another, interleaved in one process, medians. Prints
// one JSON object. Sizes are the bundled sample's: 6 layers of 8 heads, 128 wide, batch 32, 20 tokens.
//   training_bench [pairs] [threads] [method] [against]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/freed_memory.h"
#include "core/base/rng.h"
#include "core/methods/method_table.h"
#include "core/train/trainer.h"

namespace headroom {
namespace {

constexpr int kLength = 20, kBatch = 32;

ModelConfig sampleSized() {
  return parseModelConfig(R"({"model_type":"bert","architectures":["BertForSequenceClassification"],"hidden_size":128,
    "num_hidden_layers":6,"num_attention_heads":8,"intermediate_size":512,"vocab_size":150,"max_position_embeddings":32,
    "type_vocab_size":2,"hidden_act":"gelu"})",
                          "config.json");
}

Dataset randomTexts(int count) {
  Dataset data;
  Rng rng(1);
  for (int i = 0; i < count; ++i) {
    Example example;
    for (int t = 0; t < kLength; ++t) example.ids.push_back(static_cast<int>(rng.below(150)));
    example.types.assign(kLength, 0);
    example.label = static_cast<int>(rng.below(2));
    data.examples.push_back(example);
  }
  data.labels = {"0", "1"};
  return data;
}

double secondsOf(Trainer& trainer) {
  const auto since = std::chrono::steady_clock::now();
  (void)trainer.step();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

int run(int steps, int threads, const std::string& method, const std::string& against) {
  at::set_num_threads(threads);
  const ModelConfig config = sampleSized();
  const Dataset data = randomTexts(2048);
  TrainSettings settings;
  settings.keep = 12;
  settings.steps = 100000;
  settings.batch = kBatch;
  const auto trainer = [&](const std::string& name) {
    settings.method = name;
    settings.reopen = findMethod(name).reopens;
    return Trainer(Transformer(config, Parameters::random(config, 1)), data, settings,
                   makeGateMethod(config.heads, settings, Trainer::lengthOf(settings, data)));
  };
  Trainer one = trainer(method), other = trainer(against);
  std::vector<double> oneSeconds, otherSeconds, ratios;
  for (int i = 0; i < steps + 5; ++i) {
    // Whichever comes second in a pair finds warm caches: take turns.
    double first = 0, second = 0;
    if (i % 2 == 0) {
      first = secondsOf(one);
      second = secondsOf(other);
    } else {
      second = secondsOf(other);
      first = secondsOf(one);
    }
    if (i < 5) continue;
    oneSeconds.push_back(first);
    otherSeconds.push_back(second);
    ratios.push_back(first / second);
  }
  std::cout << nlohmann::ordered_json{{"benchmark", "training step"},
                                      {"method", method},
                                      {"against", against},
                                      {"threads", threads},
                                      {"pairs", steps},
                                      {"method_ms", 1e3 * median(oneSeconds)},
                                      {"against_ms", 1e3 * median(otherSeconds)},
                                      {"ratio_of_medians", median(oneSeconds) / median(otherSeconds)},
                                      {"median_ratio", median(ratios)}}
                   .dump()
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  return headroom::run(argc > 1 ? std::atoi(argv[1]) : 200, argc > 2 ? std::atoi(argv[2]) : 2,
                       argc > 3 ? argv[3] : "passconc", argc > 4 ? argv[4] : "none");
}
