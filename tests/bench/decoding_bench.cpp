// SPDX-License-Identifier: GPL-3.0-or-later
// What the key/value cache and batches save: greedy decoding to 256 tokens against the loop that computes the whole
// text again for every token, and beam search over many sentences at once against one after the other. In turns in one
// process, medians; prints one JSON object. Fresh models; the end of a text is forbidden, so that all have the same
// length.
//   decoding_bench [LENGTH] [SENTENCES] [ROUNDS] [THREADS]
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/freed_memory.h"
#include "core/checkpoint/fresh_config.h"
#include "core/generate/generate.h"

namespace headroom {
namespace {

constexpr int kVocabulary = 8000, kPrompt = 8, kSourceLength = 16, kBeams = 5;

Transformer freshModel(const std::string& family, int layers, int positions) {
  FreshModel fresh;
  fresh.family = family;
  fresh.layers = layers;
  fresh.heads = 8;
  fresh.hidden = 256;
  fresh.intermediate = 1024;
  fresh.vocabulary = kVocabulary;
  fresh.maxPositions = positions;
  fresh.dropout = 0;
  fresh.eosId = 1;
  fresh.startId = 0;
  const ModelConfig config = parseModelConfig(freshConfigJson(fresh), "config.json");
  return {config, Parameters::random(config, 1)};
}

GenerationConfig until(int length, int beams) {
  GenerationConfig config;
  config.maxLength = length;
  config.beams = beams;
  config.eosId = kVocabulary;  // no such token: nothing ends early
  config.padId = 0;
  config.startId = 0;
  return config;
}

ModelInput randomTexts(int rows, int length) {
  ModelInput input;
  input.ids = torch::randint(2, kVocabulary, {rows, length}, torch::kInt64);
  return input;
}

template <typename Work>
double secondsOf(Work work) {
  const auto since = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

/// The same tokens without a cache.
TokenSequence withoutCache(const Transformer& model, const ModelInput& prompt, int length) {
  const torch::NoGradGuard noGrad;
  ModelInput input = prompt;
  while (input.ids.size(1) < length)
    input.ids = torch::cat({input.ids, model.forward(input).logits.select(1, -1).argmax(-1, true)}, 1);
  const torch::Tensor ids = input.ids.contiguous();
  return {ids.data_ptr<std::int64_t>(), ids.data_ptr<std::int64_t>() + ids.numel()};
}

nlohmann::ordered_json greedy(int length, int rounds) {
  const Transformer model = freshModel("gpt2", 6, length);
  const ModelInput prompt = randomTexts(1, kPrompt);
  std::vector<double> cached, uncached;
  bool same = true;
  for (int round = 0; round < rounds; ++round) {
    TokenSequence a, b;
    cached.push_back(secondsOf([&] { a = generate(model, prompt, until(length, 1)).front(); }));
    uncached.push_back(secondsOf([&] { b = withoutCache(model, prompt, length); }));
    same &= a == b;
  }
  const double tokens = length - kPrompt;
  return {{"length", length},
          {"cached_tokens_per_s", tokens / median(cached)},
          {"uncached_tokens_per_s", tokens / median(uncached)},
          {"ratio", median(uncached) / median(cached)},
          {"same_tokens", same}};
}

nlohmann::ordered_json beams(int sentences, int rounds) {
  const Transformer model = freshModel("marian", 3, 64);
  const ModelInput texts = randomTexts(sentences, kSourceLength);
  const GenerationConfig config = until(kSourceLength + 4, kBeams);
  std::vector<double> together, apart;
  for (int round = 0; round < rounds; ++round) {
    together.push_back(secondsOf([&] { (void)generate(model, texts, config); }));
    apart.push_back(secondsOf([&] {
      for (int row = 0; row < sentences; ++row) (void)generate(model, texts.narrow(row, 1), config);
    }));
  }
  return {{"sentences", sentences},
          {"beams", kBeams},
          {"batched_sentences_per_s", sentences / median(together)},
          {"one_by_one_sentences_per_s", sentences / median(apart)},
          {"ratio", median(apart) / median(together)}};
}

int run(int length, int sentences, int rounds, int threads) {
  at::set_num_threads(threads);
  std::cout << nlohmann::ordered_json{{"benchmark", "decoding"},
                                      {"threads", threads},
                                      {"rounds", rounds},
                                      {"greedy", greedy(length, rounds)},
                                      {"beam", beams(sentences, rounds)}}
                   .dump()
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  return headroom::run(number(1, 256), number(2, 64), number(3, 3), number(4, 2));
}
