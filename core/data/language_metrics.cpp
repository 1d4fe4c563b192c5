// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/language_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/data/metrics.h"

namespace headroom {

namespace {

/// Sum of one quantity over the sum of another, and the variance of that ratio between windows.
struct Ratio {
  double value = 0;
  double variance = 0;
  double tokens = 0;
};

template <typename Quantity>
Ratio ratioOf(std::span<const WindowScore> windows, Quantity&& quantity) {
  Ratio ratio;
  double sum = 0, squares = 0;
  for (const WindowScore& window : windows) {
    sum += quantity(window);
    ratio.tokens += static_cast<double>(window.judged);
  }
  if (ratio.tokens <= 0) return ratio;
  ratio.value = sum / ratio.tokens;
  for (const WindowScore& window : windows) {
    const double residual = quantity(window) - ratio.value * static_cast<double>(window.judged);
    squares += residual * residual;
  }
  const auto n = static_cast<double>(windows.size());
  ratio.variance = n > 1 ? n / (n - 1) * squares / (ratio.tokens * ratio.tokens) : 0;
  return ratio;
}

}  // namespace

MetricValue perplexityWithInterval(std::span<const WindowScore> windows) {
  const Ratio loss = ratioOf(windows, [](const WindowScore& window) { return window.loss; });
  MetricValue metric{.name = "perplexity",
                     .value = std::exp(loss.value),
                     .low = 1,
                     .high = std::numeric_limits<double>::infinity(),
                     .examples = static_cast<std::int64_t>(windows.size())};
  if (windows.size() < 2 || loss.tokens <= 0) return metric;
  const double half = kNormal95 * std::sqrt(loss.variance);
  metric.low = std::exp(loss.value - half);
  metric.high = std::exp(loss.value + half);
  return metric;
}

MetricValue tokenAccuracyWithInterval(std::span<const WindowScore> windows) {
  const Ratio right = ratioOf(windows, [](const WindowScore& window) { return static_cast<double>(window.right); });
  MetricValue metric{.name = "next-token accuracy",
                     .value = right.value,
                     .low = 0,
                     .high = 1,
                     .examples = static_cast<std::int64_t>(windows.size())};
  if (right.tokens <= 0) return metric;
  // As many tokens as would spread so much if they were independent: never more than there are.
  const double binomial = right.value * (1 - right.value);
  const double n = right.variance > 0 ? std::clamp(binomial / right.variance, 1.0, right.tokens) : right.tokens;
  const double centre = right.value + kNormal95 * kNormal95 / (2 * n);
  const double half = kNormal95 * std::sqrt(binomial / n + kNormal95 * kNormal95 / (4 * n * n));
  metric.low = std::max(0.0, (centre - half) / (1 + kNormal95 * kNormal95 / n));
  metric.high = std::min(1.0, (centre + half) / (1 + kNormal95 * kNormal95 / n));
  return metric;
}

PairedDifference pairedTokenDifference(std::span<const WindowScore> a, std::span<const WindowScore> b) {
  if (a.size() != b.size())
    throw Error(ErrorKind::BadInput, "paired difference: found " + std::to_string(a.size()) + " and " +
                                         std::to_string(b.size()) + " windows, expected the same");
  PairedDifference difference;
  std::vector<WindowScore> gains;
  for (size_t i = 0; i < a.size(); ++i) {
    gains.push_back({0, b[i].judged, b[i].right - a[i].right});
    difference.gained += b[i].right > a[i].right ? 1 : 0;
    difference.lost += b[i].right < a[i].right ? 1 : 0;
  }
  const Ratio ratio = ratioOf(gains, [](const WindowScore& window) { return static_cast<double>(window.right); });
  const double half = gains.size() > 1 ? kNormal95 * std::sqrt(ratio.variance) : 1;
  difference.value = ratio.value;
  difference.low = std::max(-1.0, ratio.value - half);
  difference.high = std::min(1.0, ratio.value + half);
  return difference;
}

}  // namespace headroom
