// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/head_units.h"
#include "core/base/latency_table.h"

namespace headroom {

/// Flat indices of heads from the first to keep to the first to prune, whole units, like HeadUnits::order(), but by
/// what a unit's place in the scores costs for each millisecond that its removal saves. Every step removes, from one
/// block, its least important units, one or several, up to all of them: so a block whose upkeep (the intercept) is high
/// is emptied rather than thinned. The cost of a unit is its rank among the scores, 1 for the least important one: that
/// needs no unit and no sign of them. `scores` has one value a head.
[[nodiscard]] std::vector<int> latencyOrder(const HeadUnits& units, std::span<const double> scores,
                                            const LatencyTable& table);

}  // namespace headroom
