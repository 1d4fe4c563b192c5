// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/task_batches.h"

#include <algorithm>
#include <utility>

namespace headroom {

namespace {

const Example& exampleAt(const Dataset& data, int index) { return data.examples.at(static_cast<size_t>(index)); }

int longestTargets(const Dataset& data, std::span<const int> examples) {
  size_t longest = 0;
  for (const int index : examples) longest = std::max(longest, exampleAt(data, index).targets.size());
  return static_cast<int>(longest);
}

/// The targets of all rows, [rows, length].
std::vector<std::int64_t> targetRows(const Dataset& data, std::span<const int> examples, int length,
                                     std::int64_t& judged) {
  const auto width = static_cast<size_t>(length);
  std::vector<std::int64_t> out(examples.size() * width, kNoTarget);
  for (size_t row = 0; row < examples.size(); ++row) {
    const std::vector<int>& targets = exampleAt(data, examples[row]).targets;
    std::copy(targets.begin(), targets.end(), out.begin() + static_cast<std::ptrdiff_t>(row * width));
  }
  judged = static_cast<std::int64_t>(out.size()) - std::count(out.begin(), out.end(), kNoTarget);
  return out;
}

}  // namespace

CausalBatch makeCausalBatch(const Dataset& data, std::span<const int> examples, int padId) {
  Batch texts = makeBatch(data, examples, padId);
  CausalBatch batch;
  batch.rows = texts.rows;
  batch.length = texts.length;
  batch.ids = std::move(texts.ids);
  batch.mask = std::move(texts.mask);
  batch.targets = targetRows(data, examples, batch.length, batch.judged);
  batch.examples = std::move(texts.examples);
  return batch;
}

TranslationBatch makeTranslationBatch(const Dataset& data, std::span<const int> examples, int padId,
                                      int decoderStartId) {
  Batch texts = makeBatch(data, examples, padId);
  TranslationBatch batch;
  batch.rows = texts.rows;
  batch.length = texts.length;
  batch.targetLength = longestTargets(data, examples);
  batch.ids = std::move(texts.ids);
  batch.mask = std::move(texts.mask);
  batch.targets = targetRows(data, examples, batch.targetLength, batch.judged);
  batch.examples = std::move(texts.examples);
  const auto width = static_cast<size_t>(batch.targetLength);
  batch.decoderIds.assign(batch.targets.size(), padId);
  for (size_t row = 0; row < batch.targets.size(); row += std::max<size_t>(width, 1)) {
    batch.decoderIds[row] = decoderStartId;
    for (size_t i = 1; i < width; ++i)
      if (batch.targets[row + i - 1] != kNoTarget) batch.decoderIds[row + i] = batch.targets[row + i - 1];
  }
  return batch;
}

ImageBatch makeImageBatch(const Dataset& data, std::span<const int> examples, const ImageTransform& transform) {
  ImageBatch batch;
  batch.rows = static_cast<int>(examples.size());
  batch.shape = data.images->shape;
  batch.pixels.reserve(examples.size() * batch.shape.bytes());
  batch.examples.assign(examples.begin(), examples.end());
  for (const int index : examples) {
    batch.labels.push_back(exampleAt(data, index).label);
    transform.append(data.images->image(static_cast<size_t>(index)), batch.shape, batch.pixels);
  }
  return batch;
}

ValueBatch makeValueBatch(const Dataset& data, std::span<const int> examples, int padId) {
  ValueBatch batch{.texts = makeBatch(data, examples, padId), .values = {}, .starts = {}, .ends = {}};
  for (const int index : examples) {
    const Example& example = exampleAt(data, index);
    batch.values.push_back(static_cast<float>(example.value));
    if (example.targets.size() != 2) continue;
    batch.starts.push_back(example.targets[0]);
    batch.ends.push_back(example.targets[1]);
  }
  return batch;
}

}  // namespace headroom
