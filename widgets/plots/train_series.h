// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// A training run's logged steps as columns, one copy for all plots. Grows at the end; steps increase.
class TrainSeries {
 public:
  struct Scalars {
    std::vector<double> taskLoss, penalty, concentration, lambda, lambdaC;
    std::vector<double> expectedOpen, expectedClosed, expectedBetween;
  };

  void clear();
  /// Points whose step does not increase replace what was logged from that step on (a resumed run).
  void append(std::span<const TrainPoint> points);

  [[nodiscard]] size_t size() const { return m_steps.size(); }
  [[nodiscard]] bool empty() const { return m_steps.empty(); }
  [[nodiscard]] int headCount() const { return static_cast<int>(m_pOpen.size()); }
  [[nodiscard]] const std::vector<double>& steps() const { return m_steps; }
  [[nodiscard]] const Scalars& scalars() const { return m_scalars; }
  [[nodiscard]] const std::vector<float>& pOpen(int head) const { return m_pOpen[static_cast<size_t>(head)]; }
  [[nodiscard]] const std::vector<float>& logAlpha(int head) const { return m_logAlpha[static_cast<size_t>(head)]; }
  [[nodiscard]] std::int64_t lastStep() const { return empty() ? 0 : static_cast<std::int64_t>(m_steps.back()); }
  /// Index of the last point at or before `step`; 0 when there is none. The series must not be empty.
  [[nodiscard]] size_t indexAt(std::int64_t step) const;
  /// Index of the point whose step is nearest to `step`. The series must not be empty.
  [[nodiscard]] size_t nearest(double step) const;
  /// All heads at one point, flat order.
  [[nodiscard]] std::vector<float> pOpenAt(size_t index) const;
  [[nodiscard]] std::vector<float> logAlphaAt(size_t index) const;

 private:
  void truncateFrom(double step);

  std::vector<double> m_steps;
  Scalars m_scalars;
  std::vector<std::vector<float>> m_pOpen;     // [head][point]
  std::vector<std::vector<float>> m_logAlpha;  // [head][point]
};

}  // namespace headroom
