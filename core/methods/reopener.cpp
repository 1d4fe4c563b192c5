// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/reopener.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/gates/reopening.h"

namespace headroom {

namespace {

std::vector<std::int64_t> eventsOf(const TrainSettings& settings, const RunLength& length) {
  if (!settings.reopen) return {};
  if (settings.published && settings.perEpoch) return epochEventSteps(length);
  return settings.published ? publishedEventSteps(length.steps) : eventSteps(settings.eventsAt, length.steps);
}

std::string boundText(double bound) {
  std::string text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

Reopener::Reopener(size_t heads, const TrainSettings& settings, const RunLength& length)
    : m_settings(settings), m_length(length), m_events(eventsOf(settings, length)), m_confidence(heads, 0.0) {}

bool Reopener::wantsConfidence(std::int64_t step) const {
  if (m_events.empty() || step >= m_events.back()) return false;
  return m_settings.published || step % std::max(1, m_settings.confidenceEvery) == 0;
}

void Reopener::observe(std::span<const double> confidence) {
  for (size_t i = 0; i < m_confidence.size(); ++i) m_confidence[i] += confidence[i];
}

std::vector<TrainEvent> Reopener::endStep(std::int64_t steps, std::span<double> logAlpha, double clipAt, Rng& rng) {
  if (std::find(m_events.begin(), m_events.end(), steps) == m_events.end()) return {};
  const ReopeningResult result =
      clipAndReopen(logAlpha, m_confidence, clipAt, tieNoise(m_settings), rng, chanceAt(steps));
  std::fill(m_confidence.begin(), m_confidence.end(), 0.0);
  return {{steps, TrainEventKind::Clip, result.clipped,
           "clipped " + std::to_string(result.clipped.size()) + " gates to |log alpha| = " + boundText(clipAt)},
          {steps, TrainEventKind::Reopen, result.reopened,
           "reopened " + std::to_string(result.reopened.size()) + " closed heads by their confidence"}};
}

/// By how much reopening has calmed down: 0.9^(e - 2) before epoch e of the translation recipe.
double Reopener::chanceAt(std::int64_t steps) const {
  return byEpochs() ? std::pow(0.9, static_cast<double>(steps / m_length.epochSteps) - 1) : 1;
}

}  // namespace headroom
