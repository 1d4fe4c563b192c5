// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/rng.h"
#include "core/data/metrics.h"

namespace headroom {

namespace {

constexpr std::uint64_t kBootstrapStream = 0x626f6f74;
constexpr int kSamples = 1000;

/// Between the two nearest of the sorted values.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

MetricValue bootstrapped(const std::string& name, const ExampleCounts& counts, const MetricOfCounts& metric,
                         std::uint64_t seed) {
  const size_t examples = counts.examples();
  MetricValue value{.name = name, .examples = static_cast<std::int64_t>(examples)};
  if (examples == 0) return value;
  std::vector<std::int64_t> sums(counts.width);
  const auto add = [&](size_t example) {
    for (size_t i = 0; i < counts.width; ++i) sums[i] += counts.counts[example * counts.width + i];
  };
  for (size_t i = 0; i < examples; ++i) add(i);
  value.value = metric(sums);

  Rng rng(seed, kBootstrapStream);
  std::vector<double> samples;
  for (int sample = 0; sample < kSamples; ++sample) {
    std::fill(sums.begin(), sums.end(), 0);
    for (size_t i = 0; i < examples; ++i) add(static_cast<size_t>(rng.below(examples)));
    samples.push_back(metric(sums));
  }
  std::sort(samples.begin(), samples.end());
  value.low = quantile(samples, 0.025);
  value.high = quantile(samples, 0.975);
  return value;
}

MetricValue meanWithInterval(const std::string& name, std::span<const double> scores) {
  MetricValue value{.name = name, .high = 1, .examples = static_cast<std::int64_t>(scores.size())};
  if (scores.empty()) return value;
  const auto n = static_cast<double>(scores.size());
  value.value = std::accumulate(scores.begin(), scores.end(), 0.0) / n;
  if (scores.size() < 2) return value;
  double squares = 0;
  for (const double score : scores) squares += (score - value.value) * (score - value.value);
  const double half = kNormal95 * std::sqrt(squares / (n - 1) / n);
  value.low = std::max(0.0, value.value - half);
  value.high = std::min(1.0, value.value + half);
  return value;
}

}  // namespace headroom
