// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/base/snapshots.h"
#include "core/data/batcher.h"
#include "core/methods/gate_method.h"
#include "core/model/torch_api.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"
#include "core/train/low_rank_adapters.h"
#include "core/train/weight_optimiser.h"

namespace headroom {

/// Trains a transformer's weights and, with a method, its gates: one step at a time, and nothing else. Who calls step()
/// decides about logs, pauses, checkpoints. The same settings give the same bytes on the same LibTorch, device and
/// threads.
class Trainer {
 public:
  /// Trains `model`'s own weights in place, with gates where `method` is given; with `adapters` of them these instead:
  /// then model() is the adapted one once finished, and there are no checkpoints. `data` must outlive the trainer.
  Trainer(Transformer model, const Dataset& data, const TrainSettings& settings, std::unique_ptr<GateMethod> method,
          BatchSettings batches = {}, std::unique_ptr<LowRankAdapters> adapters = nullptr);
  ~Trainer();

  [[nodiscard]] static RunLength lengthOf(const TrainSettings& settings, const Dataset& data);

  /// One optimiser step. Throws Error(Numerical) naming the step when the loss is no number; the weights then are as
  /// they were before it.
  struct StepResult {
    TrainPoint point;
    std::vector<TrainEvent> events;
  };
  [[nodiscard]] StepResult step();

  [[nodiscard]] std::int64_t stepsDone() const { return m_done; }
  [[nodiscard]] std::int64_t stepsTotal() const { return m_length.steps + (m_method ? m_settings.recover : 0); }
  [[nodiscard]] bool finished() const { return m_done >= stepsTotal(); }
  [[nodiscard]] const Transformer& model() const { return m_model; }
  /// nullptr for plain training.
  [[nodiscard]] const GateMethod* method() const { return m_method.get(); }

  /// Writes everything that the run's future depends on; the file appears only when complete. `run` is the identity
  /// that it bears. Throws Error(Numerical) when a weight or a gate is no finite number.
  void saveCheckpoint(const std::string& path, double seconds, const std::string& run = {}) const;
  /// Continues from there: the following steps equal those of a run that never stopped. Returns the seconds stored.
  double loadCheckpoint(const std::string& path, const std::string& run = {});

 private:
  /// The gates' own steps are done: they stand at the mask that they chose.
  [[nodiscard]] bool recovering() const { return m_method && m_done >= m_length.steps; }
  /// Draws the step's gates into `options`; with them come the confidences that the method wants, one a head.
  void gate(ForwardOptions& options, const EvaluationBatch& batch, std::vector<double>& confidence);
  [[nodiscard]] bool trainsWeights() const { return m_optimiser && (!m_settings.freezeWeights || recovering()); }

  struct Gradients {
    double loss = 0;
    std::vector<double> gates;  ///< d(total loss)/d(the method's parameters)
    GateTerms terms;
  };
  [[nodiscard]] Gradients backward();
  void clip(Gradients& gradients);
  /// Factors of the learning rates at this step.
  [[nodiscard]] double weightRate() const;
  [[nodiscard]] double gateRate() const;
  [[nodiscard]] TrainPoint describe(const Gradients& gradients) const;
  /// Error(Numerical) about the step that is under way.
  [[noreturn]] void diverged(const std::string& what) const;

  Transformer m_model;
  const Dataset& m_data;
  BatchSettings m_batchSettings;
  TrainSettings m_settings;
  std::unique_ptr<GateMethod> m_method;
  std::unique_ptr<LowRankAdapters> m_adapters;
  std::unique_ptr<WeightOptimiser> m_optimiser;  ///< nullptr while the weights are frozen
  torch::Device m_device;
  RunLength m_length;
  std::int64_t m_done = 0;
  TrainingBatches m_batches;
};

/// The gates' state in a checkpoint, as their method saved it. Throws Error(BadFile) for a damaged one.
[[nodiscard]] GateMethod::State readGateState(const SafetensorsFile& file);

/// Throws Error(BadFile) unless the file is a checkpoint of this program and bears no other identity than `run`.
void requireCheckpoint(const SafetensorsFile& file, const std::string& run);

}  // namespace headroom
