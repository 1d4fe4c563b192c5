// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/schedule.h"

#include <algorithm>
#include <cmath>

namespace headroom {

void LambdaSchedule::count(bool met, bool late) {
  if (met) return;
  ++m_counts.unmet;
  m_counts.unmetLate += late ? 1 : 0;
}

double LambdaSchedule::lambda() const {
  const auto growth = [this](std::int64_t steps) {
    return std::pow(1000.0, std::min(static_cast<double>(steps) * m_stretch / 1000.0, 20.0));
  };
  return std::min(1e-5 * growth(m_counts.unmet), m_cap * growth(m_counts.unmetLate));
}

std::vector<std::int64_t> eventSteps(std::span<const double> shares, std::int64_t steps) {
  std::vector<std::int64_t> events;
  for (const double share : shares) {
    const auto step = static_cast<std::int64_t>(std::llround(share * static_cast<double>(steps)));
    if (step > 0 && 4 * step <= 3 * steps) events.push_back(step);
  }
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events;
}

std::vector<std::int64_t> publishedEventSteps(std::int64_t steps) {
  std::vector<std::int64_t> events;
  for (const std::int64_t step : {2000, 3000, 4000})
    if (step < steps) events.push_back(step);
  return events;
}

std::vector<std::int64_t> epochEventSteps(const RunLength& length) {
  std::vector<std::int64_t> events;
  for (std::int64_t step = length.epochSteps; 4 * step <= 3 * length.steps;
       step += std::max<std::int64_t>(1, length.epochSteps))
    events.push_back(step);
  return events;
}

double EpochLambda::lambda() const {
  return std::ldexp(0.1, static_cast<int>(std::min<std::int64_t>(m_doublings, 60))) / m_tokens;
}

double linearDecay(std::int64_t step, std::int64_t steps, double warmup, double hold) {
  const double total = static_cast<double>(std::max<std::int64_t>(steps, 1)), at = static_cast<double>(step);
  const double rising = warmup * total;
  if (at < rising) return (at + 1) / (rising + 1);
  const double falling = std::max(rising, hold * total);
  return std::clamp((total - at) / std::max(1.0, total - falling), 0.0, 1.0);
}

double inverseRootDecay(std::int64_t step, std::int64_t steps, double warmup) {
  const double at = static_cast<double>(step) + 1, rising = std::max(1.0, warmup * static_cast<double>(steps));
  return at < rising ? at / rising : std::sqrt(rising / at);
}

double gateDecay(std::int64_t step, std::int64_t steps) {
  const double share = static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(steps, 1));
  return share < 0.75 ? 1.0 : 1.0 - 0.9 * (share - 0.75) / 0.25;
}

}  // namespace headroom
