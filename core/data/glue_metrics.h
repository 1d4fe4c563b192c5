// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "core/base/snapshots.h"

namespace headroom {

/// F1 of class 1: 0 where neither labels nor predictions have it. Seeded bootstrap interval. Throws Error when the
/// sizes differ.
[[nodiscard]] MetricValue f1WithInterval(std::span<const int> predicted, std::span<const int> labels,
                                         std::uint64_t seed = 0);

/// Matthews' correlation of any number of classes, -1..1: 0 where predictions or labels are all alike. Seeded bootstrap
/// interval. Throws Error when the sizes differ or a class is negative.
[[nodiscard]] MetricValue matthewsWithInterval(std::span<const int> predicted, std::span<const int> labels,
                                               std::uint64_t seed = 0);

/// Pearson's correlation, -1..1, with Fisher's interval: 0 where one side is constant; the interval is -1 to 1 for
/// fewer than four examples. Throws Error when the sizes differ.
[[nodiscard]] MetricValue pearsonWithInterval(std::span<const double> predicted, std::span<const double> values);

/// Spearman's rank correlation, ties at their mean rank, with Fisher's interval widened as Bonett and Wright (2000)
/// say.
[[nodiscard]] MetricValue spearmanWithInterval(std::span<const double> predicted, std::span<const double> values);

}  // namespace headroom
