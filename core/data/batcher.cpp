// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/batcher.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace headroom {

namespace {

constexpr std::uint64_t kEpochStream = 0x65706f6368ULL << 20;
constexpr std::uint64_t kEvaluationStream = 0x6576616cULL;
constexpr size_t kBatchesSortedTogether = 50;
/// The evaluation begins with runs this short, so that its first answers are not all from short examples.
constexpr size_t kFirstMicroBatchesSortedTogether = 4;

void requireBatchSize(int batchSize) {
  if (batchSize < 1)
    throw Error(ErrorKind::BadInput, "batch size: found " + std::to_string(batchSize) + ", expected at least 1");
}

/// Sorts runs of batches by length, cuts them into batches and shuffles the batches of each run. The first run has
/// `firstRun` batches, each later one as many as came before it, up to 50: the longer the runs, the less padding.
BatchPlan cutByLength(const Dataset& data, std::vector<int> order, int batchSize, size_t firstRun, Rng& rng) {
  BatchPlan plan;
  const auto size = static_cast<size_t>(batchSize);
  const auto lengthOf = [&data](int example) { return data.examples[static_cast<size_t>(example)].length(); };
  for (size_t begin = 0; begin < order.size();) {
    const size_t run = size * std::clamp(plan.size(), firstRun, kBatchesSortedTogether);
    const std::span<int> part = std::span(order).subspan(begin, std::min(run, order.size() - begin));
    begin += part.size();
    std::stable_sort(part.begin(), part.end(), [&](int a, int b) { return lengthOf(a) < lengthOf(b); });
    const size_t firstBatch = plan.size();
    for (size_t at = 0; at < part.size(); at += size) {
      const std::span<const int> batch = part.subspan(at, std::min(size, part.size() - at));
      plan.emplace_back(batch.begin(), batch.end());
    }
    rng.shuffle(std::span(plan).subspan(firstBatch));
  }
  return plan;
}

/// All examples such that every prefix has the labels in about their overall shares: the j-th of n examples of a label
/// comes at the place (j + offset) / n, with one random offset a label.
std::vector<int> stratifiedOrder(const Dataset& data, Rng& rng) {
  std::vector<std::vector<int>> ofLabel(data.labels.size());
  for (size_t i = 0; i < data.examples.size(); ++i) {
    const auto label = static_cast<size_t>(data.examples[i].label);
    if (label >= ofLabel.size()) ofLabel.resize(label + 1);
    ofLabel[label].push_back(static_cast<int>(i));
  }
  std::vector<std::pair<double, int>> places;
  places.reserve(data.examples.size());
  for (std::vector<int>& members : ofLabel) {
    rng.shuffle(std::span<int>(members));
    const double offset = rng.uniform();
    for (size_t j = 0; j < members.size(); ++j)
      places.emplace_back((static_cast<double>(j) + offset) / static_cast<double>(members.size()), members[j]);
  }
  std::sort(places.begin(), places.end());
  std::vector<int> order;
  order.reserve(places.size());
  for (const auto& [place, example] : places) order.push_back(example);
  return order;
}

}  // namespace

BatchPlan epochBatches(const Dataset& data, int batchSize, std::uint64_t seed, std::int64_t epoch) {
  requireBatchSize(batchSize);
  Rng rng(seed, kEpochStream + static_cast<std::uint64_t>(epoch));
  std::vector<int> order(data.examples.size());
  std::iota(order.begin(), order.end(), 0);
  rng.shuffle(std::span<int>(order));
  BatchPlan plan = cutByLength(data, std::move(order), batchSize, kBatchesSortedTogether, rng);
  rng.shuffle(std::span(plan));
  return plan;
}

TrainingBatches::TrainingBatches(const Dataset& data, int batchSize, std::uint64_t seed)
    : m_data(data), m_batchSize(batchSize), m_seed(seed) {}

std::span<const int> TrainingBatches::at(std::int64_t step) {
  const std::int64_t batches = (static_cast<std::int64_t>(m_data.examples.size()) + m_batchSize - 1) / m_batchSize;
  if (const std::int64_t epoch = step / batches; epoch != m_epoch) {
    m_epoch = epoch;
    m_plan = epochBatches(m_data, m_batchSize, m_seed, epoch);
  }
  return m_plan[static_cast<size_t>(step % batches)];
}

BatchPlan evaluationOrder(const Dataset& data, int batchSize, std::uint64_t seed) {
  requireBatchSize(batchSize);
  Rng rng(seed, kEvaluationStream);
  std::vector<int> order = stratifiedOrder(data, rng);
  return cutByLength(data, std::move(order), batchSize, kFirstMicroBatchesSortedTogether, rng);
}

Batch makeBatch(const Dataset& data, std::span<const int> examples, int padId) {
  Batch batch;
  batch.rows = static_cast<int>(examples.size());
  batch.examples.assign(examples.begin(), examples.end());
  for (const int index : examples)
    batch.length = std::max(batch.length, data.examples.at(static_cast<size_t>(index)).length());
  const size_t width = static_cast<size_t>(batch.length);
  const size_t cells = examples.size() * width;
  batch.ids.assign(cells, padId);
  batch.mask.assign(cells, 0);
  batch.types.assign(cells, 0);
  for (size_t row = 0; row < examples.size(); ++row) {
    const Example& example = data.examples[static_cast<size_t>(examples[row])];
    const auto begin = static_cast<std::ptrdiff_t>(row * width);
    std::copy(example.ids.begin(), example.ids.end(), batch.ids.begin() + begin);
    std::copy(example.types.begin(), example.types.end(), batch.types.begin() + begin);
    std::fill_n(batch.mask.begin() + begin, example.ids.size(), 1);
    batch.labels.push_back(example.label);
  }
  return batch;
}

}  // namespace headroom
