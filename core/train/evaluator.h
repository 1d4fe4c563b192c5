// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/base/snapshots.h"
#include "core/data/dataset.h"
#include "core/data/image_transform.h"
#include "core/model/torch_api.h"
#include "core/model/transformer.h"
#include "core/train/targets.h"

namespace headroom {

/// One micro-batch on the device, with what is needed to judge it.
struct EvaluationBatch {
  ModelInput input;
  std::vector<int> examples;  ///< indices into the data set
  Targets targets;
  [[nodiscard]] torch::Device device() const {
    return input.ids.defined() ? input.ids.device() : input.pixels.device();
  }
};

/// What one window over a text answers a question with.
struct WindowAnswer {
  float score = 0;  ///< sum of start and end logit
  float none = 0;   ///< likewise, of position 0: that the window does not answer
  std::string text;
  bool hasText = false;
};

/// Results gathered so far for one model on a data set; the vectors are by data set index.
struct Tally {
  DataKind kind = DataKind::Classification;
  const Dataset* data = nullptr;  ///< outlives the tally
  CorrectBits correct;            ///< 1 = the class, or every judged token, is right
  std::vector<std::uint8_t> seen;
  std::vector<WindowScore> scores;
  std::vector<int> predicted;         ///< classes; -1 where something else is predicted
  std::vector<double> values;         ///< numbers, of regressions
  std::vector<WindowAnswer> answers;  ///< of questions
  std::int64_t examples = 0;
  std::int64_t right = 0;
  std::int64_t judged = 0;  ///< classes or tokens
  double lossSum = 0;       ///< nat
};

/// How examples become tensors.
struct BatchSettings {
  int fillId = 0;           ///< fills short rows
  int decoderStartId = -1;  ///< begins the decoder's side of parallel text
  ImageTransform images;
};
[[nodiscard]] BatchSettings batchSettings(const ModelConfig& config, const std::string& modelFolder);

/// The micro-batches of a data set, in order. Texts lie ready; pictures become numbers when their micro-batch is asked
/// for, because a data set of floats would take four times the room of its bytes.
class EvaluationBatches {
 public:
  class Iterator {
   public:
    Iterator(const EvaluationBatches& batches, size_t place) : m_batches(&batches), m_place(place) {}
    EvaluationBatch operator*() const { return (*m_batches)[m_place]; }
    Iterator& operator++() {
      ++m_place;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return m_place != other.m_place; }

   private:
    const EvaluationBatches* m_batches;
    size_t m_place;
  };

  /// `data` must outlive the batches.
  EvaluationBatches(const Dataset& data, std::vector<std::vector<int>> examples, const BatchSettings& settings,
                    torch::Device device);

  [[nodiscard]] size_t size() const { return m_examples.size(); }
  [[nodiscard]] EvaluationBatch operator[](size_t place) const;
  [[nodiscard]] EvaluationBatch front() const { return (*this)[0]; }
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, size()}; }
  /// Tokens in a row of a micro-batch and in its decoder's row; 0 where there are none.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> lengths(size_t place) const;

 private:
  const Dataset& m_data;
  std::vector<std::vector<int>> m_examples;
  BatchSettings m_settings;
  torch::Device m_device;
  std::vector<EvaluationBatch> m_ready;  ///< empty for pictures
};

/// A data set cut into micro-batches in a fixed, label-stratified order, the same for every mask.
class EvaluationSet {
 public:
  /// Micro-batches are sized so that one takes about a quarter of a second at most. `data` must outlive the set.
  /// `rows`: examples a micro-batch where that matters; 0 = as said.
  EvaluationSet(const Dataset& data, const ModelConfig& config, const BatchSettings& settings, torch::Device device,
                int rows = 0);

  [[nodiscard]] const EvaluationBatches& batches() const { return m_batches; }
  [[nodiscard]] std::int64_t exampleCount() const { return static_cast<std::int64_t>(m_data.examples.size()); }
  [[nodiscard]] const Dataset& data() const { return m_data; }
  [[nodiscard]] Tally emptyTally() const;
  /// Adds one micro-batch's logits to a tally. Throws Error(Numerical) naming the example when they are no numbers; the
  /// tally is then as it was.
  void add(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally) const;

 private:
  void requireNumbers(const EvaluationBatch& batch, const std::vector<RowScore>& found) const;
  void addAnswers(const EvaluationBatch& batch, const torch::Tensor& logits, Tally& tally) const;

  const Dataset& m_data;
  EvaluationBatches m_batches;
};

/// A training or evaluation batch as tensors on the device. Throws Error for data that no model here is trained on.
[[nodiscard]] EvaluationBatch toDevice(const Dataset& data, std::span<const int> examples,
                                       const BatchSettings& settings, torch::Device device);

/// One byte an example, or a question where these are asked.
[[nodiscard]] CorrectBits correctBits(const Tally& tally);
/// The tally as the value that crosses threads. `full`: the unpruned model's tally; the difference is taken on the
/// examples seen by both.
[[nodiscard]] EvalResult toResult(const HeadMask& mask, const Tally& tally, std::int64_t total, const Tally* full);
/// What else the task is judged by: F1 and Matthews' correlation for two classes, perplexity for text.
[[nodiscard]] std::vector<MetricValue> otherMetrics(const Tally& tally, const Dataset& data);

}  // namespace headroom
