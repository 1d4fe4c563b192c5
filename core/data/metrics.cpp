// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/metrics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "core/base/error.h"

namespace headroom {

namespace {

/// Correlation of the two outcomes for Newcombe's method 10, with its continuity correction for positive values.
double correlation(double both, double onlyA, double onlyB, double neither) {
  const double margins = (both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither);
  if (margins <= 0) return 0;
  double product = both * neither - onlyA * onlyB;
  if (product > 0) product = std::max(0.0, product - (both + onlyA + onlyB + neither) / 2);
  return product / std::sqrt(margins);
}

}  // namespace

MetricValue accuracyWithInterval(std::int64_t correct, std::int64_t examples) {
  MetricValue metric;
  metric.examples = examples;
  metric.high = 1;
  if (examples <= 0) return metric;
  const auto n = static_cast<double>(examples);
  metric.value = static_cast<double>(correct) / n;
  const double centre = metric.value + kNormal95 * kNormal95 / (2 * n);
  const double half =
      kNormal95 * std::sqrt(metric.value * (1 - metric.value) / n + kNormal95 * kNormal95 / (4 * n * n));
  const double scale = 1 + kNormal95 * kNormal95 / n;
  // At 0 and n the formula gives the bound itself up to rounding.
  metric.low = correct == 0 ? 0.0 : (centre - half) / scale;
  metric.high = correct == examples ? 1.0 : (centre + half) / scale;
  return metric;
}

PairedDifference pairedDifference(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  if (a.size() != b.size())
    throw Error(ErrorKind::BadInput, "paired difference: found " + std::to_string(a.size()) + " and " +
                                         std::to_string(b.size()) + " results, expected the same examples twice");
  PairedDifference difference{.value = 0, .low = -1, .high = 1, .gained = 0, .lost = 0};
  if (a.empty()) return difference;
  std::int64_t both = 0, neither = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const bool inA = a[i] != 0, inB = b[i] != 0;
    both += inA && inB ? 1 : 0;
    neither += !inA && !inB ? 1 : 0;
    difference.gained += !inA && inB ? 1 : 0;
    difference.lost += inA && !inB ? 1 : 0;
  }
  const auto n = static_cast<std::int64_t>(a.size());
  const MetricValue first = accuracyWithInterval(both + difference.lost, n);
  const MetricValue second = accuracyWithInterval(both + difference.gained, n);
  const double phi = correlation(static_cast<double>(both), static_cast<double>(difference.lost),
                                 static_cast<double>(difference.gained), static_cast<double>(neither));
  const auto distance = [phi](double x, double y) { return std::sqrt(std::max(0.0, x * x - 2 * phi * x * y + y * y)); };
  difference.value = static_cast<double>(difference.gained - difference.lost) / static_cast<double>(n);
  difference.low = difference.value - distance(second.value - second.low, first.high - first.value);
  difference.high = difference.value + distance(second.high - second.value, first.value - first.low);
  return difference;
}

double mcNemarExact(std::int64_t gained, std::int64_t lost) {
  const std::int64_t pairs = gained + lost;
  const std::int64_t fewer = std::min(gained, lost);
  if (pairs == 0 || 2 * fewer == pairs) return 1;
  // log of the probability of exactly `fewer`, then the smaller counts relative to it.
  double logLast = -static_cast<double>(pairs) * std::numbers::ln2;
  for (std::int64_t k = 1; k <= fewer; ++k)
    logLast += std::log(static_cast<double>(pairs - fewer + k) / static_cast<double>(k));
  double sum = 1, term = 1;
  for (std::int64_t k = fewer; k > 0 && term > 1e-18 * sum; --k) {
    term *= static_cast<double>(k) / static_cast<double>(pairs - k + 1);
    sum += term;
  }
  return std::min(1.0, 2 * std::exp(logLast) * sum);
}

}  // namespace headroom
