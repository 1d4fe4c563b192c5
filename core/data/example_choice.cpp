// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/example_choice.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr std::uint64_t kSampleStream = 0x73616d706c65;

}  // namespace

std::vector<size_t> chosenIndices(size_t total, std::int64_t most) {
  std::vector<size_t> order(total);
  std::iota(order.begin(), order.end(), size_t{0});
  if (most <= 0 || static_cast<size_t>(most) >= total) return order;
  Rng rng(0, kSampleStream);
  rng.shuffle(std::span<size_t>(order));
  order.resize(static_cast<size_t>(most));
  std::sort(order.begin(), order.end());
  return order;
}

void sampleExamples(std::vector<Example>& examples, std::int64_t most, std::map<std::string, std::int64_t>& skipped) {
  const size_t total = examples.size();
  const std::vector<size_t> order = chosenIndices(total, most);
  if (order.size() == total) return;
  for (size_t i = 0; i < order.size(); ++i)
    if (i != order[i]) examples[i] = std::move(examples[order[i]]);
  examples.resize(order.size());
  skipped["beyond the limit of " + std::to_string(most) + " examples"] = static_cast<std::int64_t>(total) - most;
}

void summarise(Dataset& data) {
  std::int64_t tokens = 0;
  for (const Example& example : data.examples) {
    data.summary.longest = std::max(data.summary.longest, example.length());
    tokens += example.length();
  }
  data.summary.examples = static_cast<std::int64_t>(data.examples.size());
  if (!data.examples.empty())
    data.summary.meanLength = static_cast<double>(tokens) / static_cast<double>(data.examples.size());
}

}  // namespace headroom
