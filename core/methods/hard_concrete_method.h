// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/gates/hard_concrete.h"
#include "core/methods/gate_method.h"
#include "core/methods/reopener.h"

namespace headroom {

/// What the methods with one hard-concrete gate a head share: drawing gates, their optimiser, clip and selective
/// reopening at the settings' events (or by the authors' own schedules, where settings.published), checkpoints. What
/// pushes the gates is the method's own.
class HardConcreteMethod : public GateMethod {
 public:
  HardConcreteMethod(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length);

  const std::vector<double>& logAlpha() const override { return m_logAlpha; }
  std::vector<double> testGates() const override;
  std::vector<double> draw() override;
  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override;
  void update(std::span<const double> gradient, double rateFactor) override;
  bool wantsConfidence(std::int64_t step) const override { return m_reopener.wantsConfidence(step); }
  bool rawConfidence() const override { return m_reopener.rawConfidence(); }
  void observe(std::span<const double> confidence) override { m_reopener.observe(confidence); }
  std::vector<TrainEvent> endStep(std::int64_t steps) override;
  State save() const override;
  void restore(const State& state) override;

 protected:
  /// All gates at one log alpha before the first step.
  void startAt(double logAlpha) { m_logAlpha.assign(m_logAlpha.size(), logAlpha); }
  /// The gates that were drawn last; a method may change them before they are used.
  [[nodiscard]] std::vector<hard_concrete::Differentiable>& drawn() { return m_gates; }
  /// What the method adds to d loss / d log alpha; fills `terms`.
  [[nodiscard]] virtual std::vector<double> push(GateTerms& terms) const = 0;
  /// After every optimiser step.
  virtual void updated() {}
  /// Before an event may happen at `steps`, and after it did.
  virtual void endingStep(std::int64_t /*steps*/) {}
  virtual void reopened(std::int64_t /*steps*/, std::vector<TrainEvent>& /*happened*/) {}
  /// The method's own state in checkpoints, always as many numbers.
  [[nodiscard]] virtual std::vector<double> scalars() const { return {}; }
  virtual void restoreScalars(std::span<const double> /*values*/) {}

  [[nodiscard]] const HeadLayout& layout() const { return m_layout; }
  [[nodiscard]] const TrainSettings& settings() const { return m_settings; }
  [[nodiscard]] const RunLength& length() const { return m_length; }
  [[nodiscard]] int headCount() const { return static_cast<int>(m_logAlpha.size()); }
  [[nodiscard]] int closedCount() const;
  [[nodiscard]] int openCount() const;
  [[nodiscard]] std::int64_t optimiserSteps() const { return m_optimiser.moments().steps; }
  /// The last event, after which the choice is left to settle; half-way where there is none.
  [[nodiscard]] std::int64_t settlingFrom() const { return m_reopener.settlingFrom(); }
  /// The authors' recipe for translation: everything happens between epochs.
  [[nodiscard]] bool byEpochs() const { return m_reopener.byEpochs(); }

 private:
  [[nodiscard]] double gateRate() const;

  HeadLayout m_layout;
  TrainSettings m_settings;
  RunLength m_length;
  Rng m_rng;
  std::vector<double> m_logAlpha;
  GateOptimiser m_optimiser;
  Reopener m_reopener;
  std::vector<hard_concrete::Differentiable> m_gates;
};

}  // namespace headroom
