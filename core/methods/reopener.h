// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/rng.h"
#include "core/base/snapshots.h"
#include "core/gates/schedule.h"

namespace headroom {

/// When a method's gates are clipped and reopened (at the settings' events, or by the authors' own schedules, where
/// settings.published), and by which confidences: those seen since the last event.
class Reopener {
 public:
  /// How far clipping may move a gate off the bound, so that no two tie; 0 in the authors' recipe.
  [[nodiscard]] static double tieNoise(const TrainSettings& settings) { return settings.published ? 0.0 : 0.05; }

  Reopener(size_t heads, const TrainSettings& settings, const RunLength& length);

  /// GateMethod's functions of these names.
  [[nodiscard]] bool wantsConfidence(std::int64_t step) const;
  [[nodiscard]] bool rawConfidence() const { return m_settings.published && !byEpochs(); }
  void observe(std::span<const double> confidence);
  /// Clips `logAlpha` to +-clipAt and reopens closed heads where an event is due after `steps` steps; what happened.
  [[nodiscard]] std::vector<TrainEvent> endStep(std::int64_t steps, std::span<double> logAlpha, double clipAt,
                                                Rng& rng);

  /// The last event, after which the choice is left to settle; half-way where there is none.
  [[nodiscard]] std::int64_t settlingFrom() const { return m_events.empty() ? m_length.steps / 2 : m_events.back(); }
  /// The authors' recipe for translation: everything happens between epochs.
  [[nodiscard]] bool byEpochs() const { return m_settings.published && m_settings.perEpoch; }
  /// What was observed since the last event, for checkpoints.
  [[nodiscard]] const std::vector<double>& confidence() const { return m_confidence; }
  void restore(std::vector<double> confidence) { m_confidence = std::move(confidence); }

 private:
  [[nodiscard]] double chanceAt(std::int64_t steps) const;

  TrainSettings m_settings;
  RunLength m_length;
  std::vector<std::int64_t> m_events;
  std::vector<double> m_confidence;
};

}  // namespace headroom
