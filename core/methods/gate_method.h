// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/snapshots.h"
#include "core/gates/schedule.h"

namespace headroom {

/// What a method adds to the task's loss in one step: lambda * (penalty + lambdaC * concentration).
struct GateTerms {
  double penalty = 0;
  double concentration = 0;
  double lambda = 0;
  double lambdaC = 0;
  double open = 0;
  double closed = 0;
  double between = 0;
};

/// A learned way to choose heads. It owns the gates' parameters (log alpha, one flat array of one number a head; heads
/// that share a gate have the same number), their optimiser and their random numbers; the trainer owns the weights. Per
/// step the trainer calls draw, differentiate, update, endStep in this order. Torch-free: N numbers a step.
class GateMethod {
 public:
  virtual ~GateMethod() = default;

  [[nodiscard]] virtual const std::vector<double>& logAlpha() const = 0;
  /// P(gate = 1) of every head, for what is shown of a run.
  [[nodiscard]] virtual std::vector<double> openProbabilities() const;
  /// The gates that testing would have in place of drawn ones, which need not be 0 or 1; empty: those of the mask.
  [[nodiscard]] virtual std::vector<double> testGates() const { return {}; }
  /// P(the gates drawn at the end are 1 for the K heads with the largest logAlpha() and 0 for all others), where
  /// logAlpha() are scores and not log alpha of hard-concrete gates; none: it follows from log alpha.
  [[nodiscard]] virtual std::optional<double> choiceProbability() const { return {}; }
  /// The gate of every head for the next training step.
  [[nodiscard]] virtual std::vector<double> draw() = 0;
  /// d(total loss)/d(the method's own parameters), given d(task loss)/d(gate) of the gates that were drawn last. One
  /// number a head first where these are log alpha; a method may have more.
  [[nodiscard]] virtual std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) = 0;
  /// One optimiser step; `rateFactor` is the learning rate schedule's.
  virtual void update(std::span<const double> gradient, double rateFactor) = 0;
  /// Whether the attention maps of step `step` (0-based) should be shown to observe().
  [[nodiscard]] virtual bool wantsConfidence(std::int64_t /*step*/) const { return false; }
  /// True when the raw scores before the padding mask are meant, not the softmax weights.
  [[nodiscard]] virtual bool rawConfidence() const { return false; }
  /// Adds one step's confidences, one a head.
  virtual void observe(std::span<const double> /*confidence*/) {}
  /// Called when `steps` steps are done; returns what happened (clip, reopen, concentrator).
  [[nodiscard]] virtual std::vector<TrainEvent> endStep(std::int64_t /*steps*/) { return {}; }

  /// What the method holds for every head, one number each, large = open, for withReopening() to move; empty where the
  /// method clips and reopens by itself.
  [[nodiscard]] virtual std::vector<double> headScores() const { return {}; }
  virtual void setHeadScores(std::span<const double> /*scores*/) {}
  /// From -this on a head counts as closed for good, where the method has a bound of its own.
  [[nodiscard]] virtual double scoreBound() const { return std::numeric_limits<double>::infinity(); }

  /// The complete state, for checkpoints: named arrays and the generator's text. restore() gives back bit-identical
  /// runs.
  struct State {
    std::map<std::string, std::vector<double>> arrays;
    std::string rng;
  };
  [[nodiscard]] virtual State save() const = 0;
  virtual void restore(const State& state) = 0;
};

}  // namespace headroom
