// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/evaluator.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/checkpoint/weight_names.h"
#include "core/data/batcher.h"
#include "core/data/metrics.h"

namespace headroom {

namespace {

constexpr std::uint64_t kOrderSeed = 0x6576616c;  // one order for every run, so that runs can be compared example by example
constexpr double kBatchOperations = 2e10;         // about a quarter of a second on two cores

int microBatchRows(const Dataset& data, const ModelConfig& config) {
  const double embeddings = static_cast<double>(config.vocabulary + config.maxPositions) * config.hidden;
  const double perToken = 2 * std::max(1.0, static_cast<double>(parameterCount(config)) - embeddings);
  const double perExample = perToken * std::max(1.0, data.summary.meanLength);
  return static_cast<int>(std::clamp(kBatchOperations / perExample, 2.0, 64.0));
}

torch::Tensor rows(const std::vector<std::int64_t>& values, const Batch& batch, torch::Device device) {
  return torch::tensor(values, torch::kInt64).view({batch.rows, batch.length}).to(device);
}

}  // namespace

EvaluationBatch toDevice(const Dataset& data, std::span<const int> examples, int padId, torch::Device device) {
  const Batch batch = makeBatch(data, examples, padId);
  const bool padded = std::find(batch.mask.begin(), batch.mask.end(), 0) != batch.mask.end();
  return {{rows(batch.ids, batch, device), padded ? rows(batch.mask, batch, device) : torch::Tensor(),
           rows(batch.types, batch, device), {}, {}, {}},
          batch.examples,
          batch.labels};
}

EvaluationSet::EvaluationSet(const Dataset& data, const ModelConfig& config, torch::Device device)
    : m_examples(static_cast<std::int64_t>(data.examples.size())) {
  for (const std::vector<int>& examples : evaluationOrder(data, microBatchRows(data, config), kOrderSeed))
    m_batches.push_back(toDevice(data, examples, config.fillId(), device));
}

Tally EvaluationSet::emptyTally() const {
  Tally tally;
  tally.correct.assign(static_cast<size_t>(m_examples), 0);
  tally.seen.assign(static_cast<size_t>(m_examples), 0);
  return tally;
}

void EvaluationSet::add(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally) {
  const torch::Tensor ready = torch::log_softmax(logits.to(torch::kCPU, torch::kFloat32), -1);
  const auto scores = ready.accessor<float, 2>();
  for (std::int64_t row = 0; row < ready.size(0); ++row) {
    const std::int64_t label = batch.labels[static_cast<size_t>(row)];
    std::int64_t best = 0;
    for (std::int64_t c = 1; c < ready.size(1); ++c)
      if (scores[row][c] > scores[row][best]) best = c;
    const double loss = -static_cast<double>(scores[row][label]);
    if (!std::isfinite(loss))
      throw Error(ErrorKind::Numerical, "evaluation: found logits that are no numbers; the model's weights have diverged");
    const auto example = static_cast<size_t>(batch.examples[static_cast<size_t>(row)]);
    tally.correct[example] = best == label ? 1 : 0;
    tally.seen[example] = 1;
    tally.right += tally.correct[example];
    tally.lossSum += loss;
    ++tally.examples;
  }
}

EvalResult toResult(const HeadMask& mask, const Tally& tally, std::int64_t total, const Tally* full) {
  EvalResult result;
  result.mask = mask;
  result.metric = accuracyWithInterval(tally.right, tally.examples);
  result.loss = tally.examples > 0 ? tally.lossSum / static_cast<double>(tally.examples) : 0;
  result.examplesTotal = total;
  result.complete = tally.examples == total;
  if (full && tally.examples > 0) {
    CorrectBits ours, theirs;
    for (size_t i = 0; i < tally.seen.size(); ++i) {
      if (!tally.seen[i] || !full->seen[i]) continue;
      ours.push_back(tally.correct[i]);
      theirs.push_back(full->correct[i]);
    }
    result.toFull = pairedDifference(theirs, ours);
  }
  if (result.complete) result.correct = std::make_shared<const CorrectBits>(tally.correct);
  return result;
}

}  // namespace headroom
