// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/reopening.h"

#include <algorithm>
#include <cmath>

namespace headroom {

ReopeningResult clipAndReopen(std::span<double> logAlpha, std::span<const double> confidence, double clipAt,
                              double tieNoise, Rng& rng, double chance) {
  ReopeningResult result;
  const double highest = confidence.empty() ? 0.0 : *std::max_element(confidence.begin(), confidence.end());
  for (size_t i = 0; i < logAlpha.size(); ++i) {
    if (std::abs(logAlpha[i]) > clipAt) result.clipped.push_back(static_cast<int>(i));
    logAlpha[i] = std::clamp(logAlpha[i], -clipAt, clipAt);
    // Drawn for every head, so that one head's state does not shift the others' luck.
    const double luck = rng.uniform(), noise = rng.uniform();
    const double probability = highest > 0 ? chance * std::max(0.0, confidence[i]) / highest : 0.0;
    if (logAlpha[i] <= -clipAt && luck < probability) {
      logAlpha[i] = clipAt;
      result.reopened.push_back(static_cast<int>(i));
    }
    if (std::abs(logAlpha[i]) >= clipAt) logAlpha[i] -= std::copysign(tieNoise * noise, logAlpha[i]);
  }
  return result;
}

}  // namespace headroom
