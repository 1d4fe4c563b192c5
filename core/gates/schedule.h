// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace headroom {

/// The authors' BERT runs took about 6,000 steps; shorter and longer runs stretch their schedules to the same shape.
inline constexpr double kPublishedSteps = 6000;

/// How long a run is, and how much a step of it holds.
struct RunLength {
  std::int64_t steps = 0;
  std::int64_t epochSteps = 1;  ///< steps an epoch
  double tokensPerStep = 1;     ///< judged tokens, or classes, of a batch
};

/// lambda = 1e-5 * 1000^(c / 1000), where c counts the steps on which the gates did not yet stand at exactly n - K
/// closed and K open (log alpha beyond -5 and +5); held while they do (PASS, BERT recipe).
class LambdaSchedule {
 public:
  /// `stretch` multiplies the growth rate (1 = as published). `cap` bounds lambda, so that the task still has a say in
  /// which heads stay; unmet steps counted with `late` raise the cap at the same rate, so that the gates settle in the
  /// end.
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

/// Before every epoch from the second on, none in the run's last quarter (PASS, translation recipe).
[[nodiscard]] std::vector<std::int64_t> epochEventSteps(const RunLength& length);

/// lambda of the translation recipe: 0.1, doubled before each epoch in front of which the number of closed gates is not
/// yet n - K. The recipe sums the loss over a step's tokens; ours is their mean, so that lambda is divided by their
/// number.
class EpochLambda {
 public:
  explicit EpochLambda(double tokensPerStep) : m_tokens(tokensPerStep) {}
  void count(bool met) { m_doublings += met ? 0 : 1; }
  [[nodiscard]] double lambda() const;
  [[nodiscard]] std::int64_t doublings() const { return m_doublings; }
  void restore(std::int64_t doublings) { m_doublings = doublings; }

 private:
  double m_tokens;
  std::int64_t m_doublings = 1;  ///< no gate is closed before the first epoch
};

/// Learning rate factor: linear warm-up over `warmup` (a share of the steps), 1 up to `hold` (a share, too), then
/// linear decay to 0 at the end.
[[nodiscard]] double linearDecay(std::int64_t step, std::int64_t steps, double warmup, double hold = 0);
/// Linear warm-up over `warmup` (a share of the steps), then falling with 1 / sqrt(step).
[[nodiscard]] double inverseRootDecay(std::int64_t step, std::int64_t steps, double warmup);
/// The gates' learning rate factor of our own recipe: constant, so that a gate reopened by the last event can still
/// travel, then linearly down to a tenth over the last quarter.
[[nodiscard]] double gateDecay(std::int64_t step, std::int64_t steps);

}  // namespace headroom
