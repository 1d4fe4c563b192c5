// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/base/latency_table.h"
#include "core/base/snapshots.h"

namespace headroom {

/// A mask that could be taken, with what it scores and how long a pass takes.
struct MaskChoice {
  HeadMask mask;
  MetricValue metric;
  PairedDifference toFull;
  double ms = 0;        ///< predicted by the latency table
  bool pareto = false;  ///< no other choice is as fast and better, or as good and faster
};

/// What a user asks for. With a bound on the time alone: the best that is fast enough. With a bound on the loss alone:
/// the fastest that loses no more. With both: the best of those that meet both.
struct Demand {
  std::optional<double> mostMs;
  std::optional<double> mostLost;  ///< of the metric against the unpruned model: a share, or the metric's own unit
  [[nodiscard]] bool empty() const { return !mostMs && !mostLost; }
};

/// One choice for every measured point of the curve, by heads kept; Pareto points marked.
[[nodiscard]] std::vector<MaskChoice> choicesAlong(const Curve& curve, const LatencyTable& table);
void markPareto(std::vector<MaskChoice>& choices);
/// Whether a choice meets the demand. Metrics of which less is better (perplexity) lose when they grow.
[[nodiscard]] bool meets(const MaskChoice& choice, const Demand& demand);
/// Index of the choice to take; absent when none meets the demand.
[[nodiscard]] std::optional<size_t> bestChoice(const std::vector<MaskChoice>& choices, const Demand& demand);

/// How many points the metric is worse than the unpruned model's, in its own unit.
[[nodiscard]] double lostBy(const MaskChoice& choice);

}  // namespace headroom
