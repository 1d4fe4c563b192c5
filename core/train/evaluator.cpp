// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/evaluator.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/weight_names.h"
#include "core/data/question_answers.h"
#include "core/data/task_batches.h"

namespace headroom {

namespace {

constexpr std::uint64_t kOrderSeed =
    0x6576616c;                            // one order for every run, so that runs can be compared example by example
constexpr double kBatchOperations = 2e10;  // about a quarter of a second on two cores
constexpr double kBatchLogits = 1 << 25;   // 128 MB of float32

int microBatchRows(const Dataset& data, const ModelConfig& config) {
  const double embeddings = static_cast<double>(config.vocabulary + config.maxPositions) * config.hidden;
  const bool tokens = predictsTokens(config.task);
  const double perToken = 2 * std::max(1.0, static_cast<double>(parameterCount(config)) - embeddings) +
                          (tokens ? 2.0 * config.vocabulary * config.hidden : 0);
  const double length = data.kind == DataKind::Images ? config.maxPositions : std::max(1.0, data.summary.meanLength);
  const double byLogits = tokens ? kBatchLogits / (length * config.vocabulary) : 64;
  return static_cast<int>(
      std::clamp(std::min(kBatchOperations / (perToken * length), byLogits), tokens ? 1.0 : 2.0, 64.0));
}

torch::Tensor rows(const std::vector<std::int64_t>& values, int count, int length, torch::Device device) {
  return torch::tensor(values, torch::kInt64).view({count, length}).to(device);
}

/// Undefined where nothing is padding.
torch::Tensor maskRows(const std::vector<std::int64_t>& mask, int count, int length, torch::Device device) {
  const bool padded = std::find(mask.begin(), mask.end(), 0) != mask.end();
  return padded ? rows(mask, count, length, device) : torch::Tensor();
}

torch::Tensor classes(const std::vector<std::int64_t>& labels, torch::Device device) {
  return torch::tensor(labels, torch::kInt64).to(device);
}

EvaluationBatch classified(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                           torch::Device device) {
  const Batch batch = makeBatch(data, examples, settings.fillId);
  EvaluationBatch made{{}, batch.examples, {classes(batch.labels, device), {}}};
  made.input.ids = rows(batch.ids, batch.rows, batch.length, device);
  made.input.mask = maskRows(batch.mask, batch.rows, batch.length, device);
  made.input.types = rows(batch.types, batch.rows, batch.length, device);
  return made;
}

EvaluationBatch stream(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                       torch::Device device) {
  const CausalBatch batch = makeCausalBatch(data, examples, settings.fillId);
  EvaluationBatch made{{}, batch.examples, {{}, rows(batch.targets, batch.rows, batch.length, device)}};
  made.input.ids = rows(batch.ids, batch.rows, batch.length, device);
  made.input.mask = maskRows(batch.mask, batch.rows, batch.length, device);
  return made;
}

EvaluationBatch translated(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                           torch::Device device) {
  const TranslationBatch batch = makeTranslationBatch(data, examples, settings.fillId, settings.decoderStartId);
  EvaluationBatch made{{}, batch.examples, {{}, rows(batch.targets, batch.rows, batch.targetLength, device)}};
  made.input.ids = rows(batch.ids, batch.rows, batch.length, device);
  made.input.mask = maskRows(batch.mask, batch.rows, batch.length, device);
  made.input.decoderIds = rows(batch.decoderIds, batch.rows, batch.targetLength, device);
  return made;
}

EvaluationBatch pictured(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                         torch::Device device) {
  const ImageBatch batch = makeImageBatch(data, examples, settings.images);
  EvaluationBatch made{{}, batch.examples, {classes(batch.labels, device), {}}};
  made.input.pixels = torch::tensor(batch.pixels)
                          .view({batch.rows, batch.shape.channels, batch.shape.height, batch.shape.width})
                          .to(device);
  return made;
}

EvaluationBatch valued(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                       torch::Device device) {
  const ValueBatch batch = makeValueBatch(data, examples, settings.fillId);
  const Batch& texts = batch.texts;
  EvaluationBatch made{{}, texts.examples, {}};
  made.input.ids = rows(texts.ids, texts.rows, texts.length, device);
  made.input.mask = maskRows(texts.mask, texts.rows, texts.length, device);
  made.input.types = rows(texts.types, texts.rows, texts.length, device);
  if (data.kind == DataKind::Regression) {
    made.targets.values = torch::tensor(batch.values).to(device);
  } else {
    made.targets.spans = torch::stack({classes(batch.starts, device), classes(batch.ends, device)}, 1);
  }
  return made;
}

}  // namespace

BatchSettings batchSettings(const ModelConfig& config, const std::string& modelFolder) {
  BatchSettings settings{config.fillId(), config.decoderStartId, {}};
  if (config.task == Task::ImageClassification)
    settings.images = readImageTransform(modelFolder, config.patch.channels);
  return settings;
}

EvaluationBatch toDevice(const Dataset& data, std::span<const int> examples, const BatchSettings& settings,
                         torch::Device device) {
  switch (data.kind) {
    case DataKind::Classification: return classified(data, examples, settings, device);
    case DataKind::MaskedText:
    case DataKind::TextStream: return stream(data, examples, settings, device);
    case DataKind::ParallelText: return translated(data, examples, settings, device);
    case DataKind::Images: return pictured(data, examples, settings, device);
    case DataKind::Regression:
    case DataKind::Answers: return valued(data, examples, settings, device);
  }
  throw Error(ErrorKind::BadInput, data.summary.path + ": unknown kind of data");
}

EvaluationBatches::EvaluationBatches(const Dataset& data, std::vector<std::vector<int>> examples,
                                     const BatchSettings& settings, torch::Device device)
    : m_data(data), m_examples(std::move(examples)), m_settings(settings), m_device(device) {
  if (data.kind == DataKind::Images) return;
  for (const std::vector<int>& batch : m_examples) m_ready.push_back(toDevice(data, batch, settings, device));
}

EvaluationBatch EvaluationBatches::operator[](size_t place) const {
  return m_ready.empty() ? toDevice(m_data, m_examples.at(place), m_settings, m_device) : m_ready[place];
}

std::pair<std::int64_t, std::int64_t> EvaluationBatches::lengths(size_t place) const {
  if (m_ready.empty()) return {0, 0};
  const ModelInput& input = m_ready[place].input;
  const auto width = [](const torch::Tensor& x) { return x.defined() ? x.size(1) : 0; };
  return {width(input.ids), width(input.decoderIds)};
}

EvaluationSet::EvaluationSet(const Dataset& data, const ModelConfig& config, const BatchSettings& settings,
                             torch::Device device, int rows)
    : m_data(data),
      m_batches(data, evaluationOrder(data, rows > 0 ? rows : microBatchRows(data, config), kOrderSeed), settings,
                device) {}

Tally EvaluationSet::emptyTally() const {
  Tally tally;
  const size_t count = m_data.examples.size();
  tally.kind = m_data.kind;
  tally.data = &m_data;
  tally.correct.assign(count, 0);
  tally.seen.assign(count, 0);
  tally.scores.assign(count, {});
  tally.predicted.assign(count, -1);
  if (m_data.kind == DataKind::Regression) tally.values.assign(count, 0);
  if (m_data.kind == DataKind::Answers) tally.answers.assign(count, {});
  return tally;
}

/// The answer of each window of a batch; `logits` [rows, length, 2].
void EvaluationSet::addAnswers(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally) const {
  const torch::Tensor starts = logits.select(-1, 0).to(torch::kCPU, torch::kFloat32).contiguous(),
                      ends = logits.select(-1, 1).to(torch::kCPU, torch::kFloat32).contiguous();
  const auto length = static_cast<size_t>(starts.size(1));
  for (size_t row = 0; row < batch.examples.size(); ++row) {
    const auto index = static_cast<size_t>(batch.examples[row]);
    const Example& window = m_data.examples[index];
    const std::span first(starts.data_ptr<float>() + row * length, length),
        last(ends.data_ptr<float>() + row * length, length);
    WindowAnswer& answer = tally.answers[index];
    answer.none = first[0] + last[0];
    if (const auto best = bestAnswer(window, m_data.questions[static_cast<size_t>(window.label)], first, last))
      answer = {best->score, answer.none, best->text, true};
  }
}

void EvaluationSet::requireNumbers(const EvaluationBatch& batch, const std::vector<RowScore>& found) const {
  for (size_t row = 0; row < found.size(); ++row)
    if (!std::isfinite(found[row].score.loss))
      throw Error(ErrorKind::Numerical,
                  m_data.summary.path + ": example " + std::to_string(batch.examples[row]) + " (in a micro-batch of " +
                      std::to_string(found.size()) +
                      "): found logits that are no numbers, expected some; the model's weights have diverged");
}

void EvaluationSet::add(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally) const {
  const std::vector<RowScore> found = scoreRows(logits, batch.targets);
  requireNumbers(batch, found);
  if (m_data.kind == DataKind::Answers) addAnswers(batch, logits, tally);
  for (size_t row = 0; row < found.size(); ++row) {
    const auto example = static_cast<size_t>(batch.examples[row]);
    const WindowScore& score = found[row].score;
    tally.correct[example] = score.right == score.judged ? 1 : 0;
    tally.seen[example] = 1;
    tally.scores[example] = score;
    tally.predicted[example] = found[row].predicted;
    if (m_data.kind == DataKind::Regression) tally.values[example] = found[row].value;
    tally.right += tally.correct[example];
    tally.judged += score.judged;
    tally.lossSum += score.loss;
    ++tally.examples;
  }
}

}  // namespace headroom
