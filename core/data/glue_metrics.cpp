// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/glue_metrics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/base/error.h"
#include "core/data/bootstrap.h"
#include "core/data/metrics.h"

namespace headroom {

namespace {

void requireSameSize(const std::string& metric, size_t predictions, size_t labels) {
  if (predictions != labels)
    throw Error(ErrorKind::BadInput, metric + ": found " + std::to_string(predictions) + " predictions and " +
                                         std::to_string(labels) + " labels, expected the same examples");
}

/// Of [predicted true, labelled true, both].
double f1OfCounts(std::span<const std::int64_t> counts) {
  const auto all = static_cast<double>(counts[0] + counts[1]);
  return all > 0 ? 2 * static_cast<double>(counts[2]) / all : 0;
}

/// Of [examples, right, then predictions by class, then labels by class].
/// Gorodkin 2004, equation 8, written with class totals.
double matthewsOfCounts(std::span<const std::int64_t> counts) {
  const size_t classes = (counts.size() - 2) / 2;
  const auto n = static_cast<double>(counts[0]), right = static_cast<double>(counts[1]);
  double product = 0, predicted = 0, labelled = 0;
  for (size_t i = 0; i < classes; ++i) {
    const auto p = static_cast<double>(counts[2 + i]), l = static_cast<double>(counts[2 + classes + i]);
    product += p * l;
    predicted += p * p;
    labelled += l * l;
  }
  const double spread = (n * n - predicted) * (n * n - labelled);
  return spread > 0 ? (right * n - product) / std::sqrt(spread) : 0;
}

double correlation(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / n,
               meanB = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - meanA) * (b[i] - meanB);
    aa += (a[i] - meanA) * (a[i] - meanA);
    bb += (b[i] - meanB) * (b[i] - meanB);
  }
  return aa > 0 && bb > 0 ? std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0) : 0;
}

std::vector<double> ranks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> out(values.size());
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (size_t i = begin; i < end; ++i) out[order[i]] = static_cast<double>(begin + end + 1) / 2;
    begin = end;
  }
  return out;
}

/// `widening`: the variance of z times n - 3.
MetricValue withFisherInterval(const std::string& name, double value, size_t examples, double widening) {
  MetricValue metric{
      .name = name, .value = value, .low = -1, .high = 1, .examples = static_cast<std::int64_t>(examples)};
  if (examples < 4 || std::abs(value) >= 1) {
    if (examples >= 4) (value > 0 ? metric.low : metric.high) = value;  // atanh has no value there
    return metric;
  }
  const double half = kNormal95 * std::sqrt(widening / static_cast<double>(examples - 3));
  metric.low = std::tanh(std::atanh(value) - half);
  metric.high = std::tanh(std::atanh(value) + half);
  return metric;
}

}  // namespace

MetricValue f1WithInterval(std::span<const int> predicted, std::span<const int> labels, std::uint64_t seed) {
  requireSameSize("F1", predicted.size(), labels.size());
  ExampleCounts counts{.width = 3, .counts = {}};
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool guess = predicted[i] == 1, truth = labels[i] == 1;
    counts.counts.insert(counts.counts.end(), {guess ? 1 : 0, truth ? 1 : 0, guess && truth ? 1 : 0});
  }
  return bootstrapped("f1", counts, f1OfCounts, seed);
}

MetricValue matthewsWithInterval(std::span<const int> predicted, std::span<const int> labels, std::uint64_t seed) {
  requireSameSize("Matthews' correlation", predicted.size(), labels.size());
  int largest = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    if (predicted[i] < 0 || labels[i] < 0)
      throw Error(ErrorKind::BadInput, "Matthews' correlation: found class " +
                                           std::to_string(std::min(predicted[i], labels[i])) + ", expected 0 or more");
    largest = std::max({largest, predicted[i], labels[i]});
  }
  const size_t classes = static_cast<size_t>(largest) + 1;
  ExampleCounts counts{.width = 2 + 2 * classes, .counts = {}};
  counts.counts.assign(counts.width * labels.size(), 0);
  for (size_t i = 0; i < labels.size(); ++i) {
    std::int64_t* row = counts.counts.data() + i * counts.width;
    row[0] = 1;
    row[1] = predicted[i] == labels[i] ? 1 : 0;
    row[2 + static_cast<size_t>(predicted[i])] = 1;
    row[2 + classes + static_cast<size_t>(labels[i])] = 1;
  }
  return bootstrapped("matthews", counts, matthewsOfCounts, seed);
}

MetricValue pearsonWithInterval(std::span<const double> predicted, std::span<const double> values) {
  requireSameSize("Pearson's correlation", predicted.size(), values.size());
  return withFisherInterval("pearson", values.empty() ? 0 : correlation(predicted, values), values.size(), 1);
}

MetricValue spearmanWithInterval(std::span<const double> predicted, std::span<const double> values) {
  requireSameSize("Spearman's correlation", predicted.size(), values.size());
  const double value = values.empty() ? 0 : correlation(ranks(predicted), ranks(values));
  return withFisherInterval("spearman", value, values.size(), 1 + value * value / 2);
}

}  // namespace headroom
