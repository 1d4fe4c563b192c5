// SPDX-License-Identifier: GPL-3.0-or-later
// What scores cost that need one pass: each against a plain forward and backward pass over the same examples, and five
// of them in one shared pass; and leaving out one head after the other, where masks share layers, against as many whole
// passes. Interleaved in one process, medians. Prints one JSON object. BERT-base's width.
//   scores_bench [layers] [examples] [rounds] [threads] [tokens]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/freed_memory.h"
#include "core/base/rng.h"
#include "core/scores/score_functions.h"
#include "tests/bench/bert_base.h"

namespace headroom {
namespace {

Dataset randomTexts(int count, int tokens) {
  Dataset data;
  Rng rng(1);
  for (int i = 0; i < count; ++i) {
    Example example;
    for (int t = 0; t < tokens; ++t) example.ids.push_back(static_cast<int>(rng.below(1000)));
    example.types.assign(static_cast<size_t>(tokens), 0);
    example.label = static_cast<int>(rng.below(2));
    data.examples.push_back(example);
  }
  data.labels = {"0", "1"};
  data.summary.meanLength = tokens;
  return data;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

using Maker = std::unique_ptr<PassScore> (*)(const ScoreInput&);

class Bench {
 public:
  Bench(int layers, int examples, int tokens)
      : m_config(bertBase(layers)),
        m_model(m_config, Parameters::random(m_config, 1)),
        m_trained(m_config, Parameters::random(m_config, 1)),
        m_data(randomTexts(examples, tokens)),
        m_set(m_data, m_config, BatchSettings{}, torch::kCPU) {
    m_plainNorm.norm = "plain";
    for (const Parameters::Entry& entry : m_trained.parameters().entries())
      m_weights.push_back(torch::Tensor(entry.tensor).set_requires_grad(true));
    m_works = {{"plain", [this] { plainPass(); }},
               {"confidence",
                [this] {
                  share({{makeConfidence, &m_usual}});
                }},
               {"output-norm",
                [this] {
                  share({{makeOutputNorm, &m_usual}});
                }},
               {"taylor",
                [this] {
                  share({{makeTaylor, &m_usual}});
                }},
               {"group-taylor",
                [this] {
                  share({{makeGroupTaylor, &m_usual}});
                }},
               {"five", [this] {
                  share({{makeConfidence, &m_usual},
                         {makeOutputNorm, &m_usual},
                         {makeOutputNorm, &m_plainNorm},
                         {makeTaylor, &m_usual},
                         {makeGroupTaylor, &m_usual}});
                }}};
  }

  nlohmann::ordered_json measure(int rounds) {
    std::vector<std::vector<double>> seconds(m_works.size());
    for (int round = 0; round <= rounds; ++round)
      for (size_t i = 0; i < m_works.size(); ++i) {
        const size_t work = (i + static_cast<size_t>(round)) % m_works.size();
        const auto since = std::chrono::steady_clock::now();
        m_works[work].run();
        if (round > 0)
          seconds[work].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count());
      }
    nlohmann::ordered_json json{{"benchmark", "scores of one pass"}, {"plain_seconds", median(seconds[0])}};
    for (size_t i = 1; i < m_works.size(); ++i)
      json["of_plain"][m_works[i].name] = median(seconds[i]) / median(seconds[0]);
    return json;
  }

  nlohmann::ordered_json measureMasks(int rounds) {
    std::vector<double> shared, apart;
    double forwards = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto began = std::chrono::steady_clock::now();
      forwards = leaveOneOutScores({m_model, m_set, m_usual, m_context}).costs.forwards;
      const auto between = std::chrono::steady_clock::now();
      for (int head = -1; head < m_model.layout().headCount(); ++head) passWithout(head);
      shared.push_back(std::chrono::duration<double>(between - began).count());
      apart.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - between).count());
    }
    return {{"masks", m_model.layout().headCount() + 1},
            {"forwards_equivalent", forwards},
            {"of_whole_passes", median(shared) / median(apart)}};
  }

 private:
  struct Work {
    std::string name;
    std::function<void()> run;
  };

  void plainPass() {
    for (const EvaluationBatch& batch : m_set.batches())
      (void)torch::autograd::grad({taskLoss(m_trained.forward(batch.input).logits, batch.targets)}, m_weights, {}, {},
                                  false, true);
  }

  /// -1: without none.
  void passWithout(int head) {
    const torch::NoGradGuard noGrad;
    ForwardOptions options;
    options.onlyLogits = true;
    options.gates = torch::ones({m_model.layout().headCount()});
    if (head >= 0) options.gates[head] = 0;
    for (const EvaluationBatch& batch : m_set.batches()) (void)m_model.forward(batch.input, options);
  }

  void share(const std::vector<std::pair<Maker, const ScoreOptions*>>& wanted) {
    std::vector<ScoreInput> inputs;
    for (const auto& [make, options] : wanted) inputs.push_back({m_model, m_set, *options, m_context});
    std::vector<std::unique_ptr<PassScore>> scores;
    for (size_t i = 0; i < wanted.size(); ++i) scores.push_back(wanted[i].first(inputs[i]));
    (void)inOnePass(inputs.front(), scores);
  }

  ModelConfig m_config;
  Transformer m_model, m_trained;
  Dataset m_data;
  EvaluationSet m_set;
  JobContext m_context;
  ScoreOptions m_usual, m_plainNorm;
  std::vector<torch::Tensor> m_weights;
  std::vector<Work> m_works;
};

int run(int layers, int examples, int rounds, int threads, int tokens) {
  at::set_num_threads(threads);
  Bench bench(layers, examples, tokens);
  nlohmann::ordered_json json = bench.measure(rounds);
  json["leave_one_out"] = bench.measureMasks(std::min(rounds, 3));
  json["layers"] = layers;
  json["examples"] = examples;
  json["tokens"] = tokens;
  json["threads"] = threads;
  std::cout << json.dump() << std::endl;
  return 0;
}

int argument(int argc, char** argv, int place, int usual) { return argc > place ? std::atoi(argv[place]) : usual; }

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  using headroom::argument;
  return headroom::run(argument(argc, argv, 1, 4), argument(argc, argv, 2, 32), argument(argc, argv, 3, 7),
                       argument(argc, argv, 4, 2), argument(argc, argv, 5, 128));
}
