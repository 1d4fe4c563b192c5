// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>

#include "core/base/error.h"

namespace headroom {

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
  std::int64_t same = 0, opposite = 0, onlyA = 0, onlyB = 0;  // the last two: tied in the other one only
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = i + 1; j < a.size(); ++j) {
      const bool tiedA = a[i] == a[j], tiedB = b[i] == b[j];
      if (tiedA && tiedB) continue;
      if (tiedA)
        ++onlyB;
      else if (tiedB)
        ++onlyA;
      else
        ++((a[i] < a[j]) == (b[i] < b[j]) ? same : opposite);
    }
  const double untiedA = static_cast<double>(same + opposite + onlyA),
               untiedB = static_cast<double>(same + opposite + onlyB);
  if (untiedA == 0 || untiedB == 0) return std::nullopt;
  return static_cast<double>(same - opposite) / std::sqrt(untiedA * untiedB);
}

}  // namespace headroom
