// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// What a metric adds up over examples: row-major counts, `width` an example.
struct ExampleCounts {
  size_t width = 0;
  std::vector<std::int64_t> counts;

  [[nodiscard]] size_t examples() const { return width == 0 ? 0 : counts.size() / width; }
};

/// A metric of summed counts.
using MetricOfCounts = std::function<double(std::span<const std::int64_t>)>;

/// The metric of all examples with the 95 % percentile interval of 1,000 bootstrap samples of examples. The same seed
/// gives the same interval on every machine. Without examples: 0 with the interval 0 to 0.
[[nodiscard]] MetricValue bootstrapped(const std::string& name, const ExampleCounts& counts,
                                       const MetricOfCounts& metric, std::uint64_t seed);

/// The mean of scores from 0 to 1, one an example, with its normal 95 % interval inside 0..1.
[[nodiscard]] MetricValue meanWithInterval(const std::string& name, std::span<const double> scores);

}  // namespace headroom
