// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/propose/mask_choice.h"

namespace headroom {

namespace {

bool better(const MaskChoice& a, const MaskChoice& b) { return lostBy(a) < lostBy(b); }

}  // namespace

double lostBy(const MaskChoice& choice) {
  return choice.metric.name == "perplexity" ? choice.toFull.value : -choice.toFull.value;
}

void markPareto(std::vector<MaskChoice>& choices) {
  for (MaskChoice& choice : choices) {
    choice.pareto = true;
    for (const MaskChoice& other : choices) {
      const bool noWorse = other.ms <= choice.ms && !better(choice, other);
      if (noWorse && (other.ms < choice.ms || better(other, choice))) choice.pareto = false;
    }
  }
}

std::vector<MaskChoice> choicesAlong(const Curve& curve, const LatencyTable& table) {
  std::vector<MaskChoice> choices;
  for (const CurvePoint& point : curve.points) {
    const HeadMask mask = curve.maskFor(point.kept);
    choices.push_back({mask, point.metric, point.toFull, table.predict(mask), false});
  }
  markPareto(choices);
  return choices;
}

bool meets(const MaskChoice& choice, const Demand& demand) {
  return (!demand.mostMs || choice.ms <= *demand.mostMs) && (!demand.mostLost || lostBy(choice) <= *demand.mostLost);
}

std::optional<size_t> bestChoice(const std::vector<MaskChoice>& choices, const Demand& demand) {
  const bool fastest = demand.mostLost && !demand.mostMs;
  std::optional<size_t> best;
  for (size_t i = 0; i < choices.size(); ++i) {
    if (!meets(choices[i], demand)) continue;
    const auto before = [&](const MaskChoice& a, const MaskChoice& b) {
      if (fastest) return a.ms < b.ms || (a.ms == b.ms && better(a, b));
      return better(a, b) || (lostBy(a) == lostBy(b) && a.ms < b.ms);
    };
    if (!best || before(choices[i], choices[*best])) best = i;
  }
  return best;
}

}  // namespace headroom
