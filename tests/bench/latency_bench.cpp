// SPDX-License-Identifier: GPL-3.0-or-later
// How well the layer table predicts: a BERT-base sized model, 20 random masks, each really compacted and timed beside
// the unpruned one; and what 75 and 90 % fewer heads make of the attention's time. Prints one JSON object; "busy" is
// not empty when the machine was not quiet.
//   latency_bench [LAYERS] [MASKS] [SECONDS] [THREADS] [float32|bfloat16]
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/freed_memory.h"
#include "core/base/rng.h"
#include "core/latency/interleaved.h"
#include "core/latency/layer_costs.h"
#include "tests/bench/bert_base.h"

namespace headroom {
namespace {

int run(int layers, int masks, double seconds, int threads, const std::string& type) {
  at::set_num_threads(threads);
  const ModelConfig config = bertBase(layers);
  const torch::ScalarType elements = type == "bfloat16" ? torch::kBFloat16 : torch::kFloat32;
  const Transformer model(config, Parameters::random(config, 1).to(torch::kCPU, elements), elements);
  const int heads = model.layout().headCount();
  LatencySettings settings;
  settings.secondsAtMost = seconds;
  const LatencyTable table = measureLayerCosts(model, settings, {});
  std::vector<HeadMask> all{HeadMask(model.layout())};
  Rng rng(1);
  for (int i = 0; i < masks; ++i)
    all.push_back(keepRandom(model.layout(), static_cast<int>(rng.below(static_cast<std::uint64_t>(heads))),
                             static_cast<std::uint64_t>(i)));
  settings.secondsAtMost = 4 * seconds;
  const MaskTimes times = timeMasks(model, all, settings, {});
  std::vector<double> errors;
  for (size_t i = 1; i < all.size(); ++i) errors.push_back(std::abs(table.predict(all[i]) / times.ms[i] - 1));
  const double full = table.predictAttention(all.front());
  const auto speedUp = [&](int left) { return full / (layers * table.blocks.front().at(left, left)); };
  std::cout << nlohmann::ordered_json{{"benchmark", "latency"},
                                      {"layers", layers},
                                      {"threads", threads},
                                      {"dtype", type},
                                      {"batch", settings.batch},
                                      {"length", settings.length},
                                      {"full_ms", times.ms.front()},
                                      {"predicted_full_ms", table.predict(all.front())},
                                      {"masks", masks},
                                      {"error_median", quantile(errors, 0.5)},
                                      {"error_p90", quantile(errors, 0.9)},
                                      {"intercept_ms", table.blocks.front().intercept},
                                      {"slope_ms", table.blocks.front().slope},
                                      {"attention_share", full / table.predict(all.front())},
                                      {"attention_speed_up_of_12_to_3", speedUp(3)},
                                      {"attention_speed_up_of_12_to_1", speedUp(1)},
                                      {"busy", table.busy + times.busy}}
                   .dump()
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  return headroom::run(number(1, 12), number(2, 20), number(3, 30), number(4, 2), argc > 5 ? argv[5] : "float32");
}
