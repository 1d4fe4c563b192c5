// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "core/base/snapshots.h"

namespace headroom {

/// The 97.5 % quantile of the standard normal distribution: 95 % lie within this many deviations.
inline constexpr double kNormal95 = 1.959963984540054;

/// Accuracy with Wilson's 95 % score interval. Without examples: 0 with the interval 0 to 1.
[[nodiscard]] MetricValue accuracyWithInterval(std::int64_t correct, std::int64_t examples);

/// Accuracy of b less that of a, from one correctness byte an example. The 95 % interval is Newcombe's hybrid score
/// interval for paired proportions (1998, method 10): it stays inside -1..1 and keeps a width when few or no pairs
/// disagree. Throws Error when the sizes differ.
[[nodiscard]] PairedDifference pairedDifference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

/// McNemar's exact two-sided p value: how likely so uneven a split of the disagreeing pairs is by chance.
[[nodiscard]] double mcNemarExact(std::int64_t gained, std::int64_t lost);

}  // namespace headroom
