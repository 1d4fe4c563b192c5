// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace headroom {

/// 1 = the largest value; equal values share the mean of their ranks.
[[nodiscard]] std::vector<double> descendingRanks(std::span<const double> values);

/// Kendall's tau-b of two rankings of the same things, -1 to 1: pairs in the same order less pairs in the opposite one,
/// with ties accounted for (Knight 1966: n log n). None where one ranking ties everything. Throws Error when the sizes
/// differ.
[[nodiscard]] std::optional<double> kendallTau(std::span<const double> a, std::span<const double> b);

}  // namespace headroom
