// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace headroom {

/// The authors' BERT runs took about 6,000 steps; shorter and longer runs stretch their schedules to the same shape.
inline constexpr double kPublishedSteps = 6000;

/// lambda = 1e-5 * 1000^(c / 1000), where c counts the steps on which the gates did not yet stand at exactly n - K closed
/// and K open (log alpha beyond -5 and +5); held while they do (PASS, BERT recipe).
class LambdaSchedule {
 public:
  /// `stretch` multiplies the growth rate (1 = as published). `cap` bounds lambda, so that the task still has a say in
  /// which heads stay; unmet steps counted with `late` raise the cap at the same rate, so that the gates settle in the end.
  LambdaSchedule(double stretch, double cap) : m_stretch(stretch), m_cap(cap) {}
  void count(bool met, bool late);
  [[nodiscard]] double lambda() const;

  struct Counts {
    std::int64_t unmet = 0;
    std::int64_t unmetLate = 0;
  };
  [[nodiscard]] Counts counts() const { return m_counts; }
  void restore(Counts counts) { m_counts = counts; }

 private:
  double m_stretch;
  double m_cap;
  Counts m_counts;
};

/// Steps of the clip-and-reopen events: shares of the run, none in its last quarter, each once, none at step 0.
[[nodiscard]] std::vector<std::int64_t> eventSteps(std::span<const double> shares, std::int64_t steps);
/// The authors' own: 2000, 3000, 4000 (those that the run reaches).
[[nodiscard]] std::vector<std::int64_t> publishedEventSteps(std::int64_t steps);

/// Learning rate factor: linear warm-up over `warmup` (a share of the steps), then linear decay to 0 at the end.
[[nodiscard]] double linearDecay(std::int64_t step, std::int64_t steps, double warmup);
/// The gates' learning rate factor of our own recipe: constant, so that a gate reopened by the last event can still travel,
/// then linearly down to a tenth over the last quarter.
[[nodiscard]] double gateDecay(std::int64_t step, std::int64_t steps);

}  // namespace headroom
