// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>

#include "core/base/error.h"

namespace headroom {

namespace {

std::int64_t pairsOf(std::int64_t count) { return count * (count - 1) / 2; }

/// Pairs within runs of equal neighbours.
template <typename Equal>
std::int64_t tiedPairs(const std::vector<size_t>& order, const Equal& equal) {
  std::int64_t pairs = 0;
  for (size_t from = 0, to = 0; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && equal(order[from], order[to]);) ++to;
    pairs += pairsOf(static_cast<std::int64_t>(to - from));
  }
  return pairs;
}

/// Sorts by merging; returns how many pairs were the wrong way round.
std::int64_t sortCounting(std::span<double> values) {
  if (values.size() < 2) return 0;
  const size_t half = values.size() / 2;
  std::int64_t inversions = sortCounting(values.first(half)) + sortCounting(values.subspan(half));
  std::vector<double> merged;
  merged.reserve(values.size());
  size_t left = 0, right = half;
  while (left < half || right < values.size()) {
    if (right == values.size() || (left < half && values[left] <= values[right])) {
      merged.push_back(values[left++]);
    } else {
      inversions += static_cast<std::int64_t>(half - left);
      merged.push_back(values[right++]);
    }
  }
  std::copy(merged.begin(), merged.end(), values.begin());
  return inversions;
}

}  // namespace

std::vector<double> descendingRanks(std::span<const double> values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] > values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t from = 0, to = 0; from < order.size(); from = to) {
    for (to = from + 1; to < order.size() && values[order[to]] == values[order[from]];) ++to;
    // Ranks from + 1 to `to` are shared.
    for (size_t i = from; i < to; ++i) ranks[order[i]] = 0.5 * static_cast<double>(from + 1 + to);
  }
  return ranks;
}

std::optional<double> kendallTau(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    throw Error(ErrorKind::BadInput, "rank correlation: found " + std::to_string(a.size()) + " and " +
                                         std::to_string(b.size()) + " values, expected as many");
  std::vector<size_t> order(a.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return a[i] != a[j] ? a[i] < a[j] : b[i] < b[j]; });
  const std::int64_t pairs = pairsOf(static_cast<std::int64_t>(a.size()));
  const std::int64_t tiedA = tiedPairs(order, [&](size_t i, size_t j) { return a[i] == a[j]; });
  const std::int64_t tiedBoth = tiedPairs(order, [&](size_t i, size_t j) { return a[i] == a[j] && b[i] == b[j]; });
  std::vector<double> inOrderOfA;
  for (const size_t i : order) inOrderOfA.push_back(b[i]);
  const std::int64_t opposite = sortCounting(inOrderOfA);
  std::sort(order.begin(), order.end(), [&](size_t i, size_t j) { return b[i] < b[j]; });
  const std::int64_t tiedB = tiedPairs(order, [&](size_t i, size_t j) { return b[i] == b[j]; });
  const double untiedA = static_cast<double>(pairs - tiedA), untiedB = static_cast<double>(pairs - tiedB);
  if (untiedA == 0 || untiedB == 0) return std::nullopt;
  const std::int64_t same = pairs - tiedA - tiedB + tiedBoth - opposite;
  return static_cast<double>(same - opposite) / std::sqrt(untiedA * untiedB);
}

}  // namespace headroom
