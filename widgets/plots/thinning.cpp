// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/thinning.h"

#include <algorithm>
#include <cmath>

namespace headroom {
namespace {

template <typename Value>
QList<QPointF> thinnedOf(std::span<const double> x, std::span<const Value> y, const ColumnRange& range) {
  const size_t size = std::min(x.size(), y.size());
  const auto firstInside = static_cast<size_t>(std::lower_bound(x.begin(), x.begin() + size, range.low) - x.begin());
  const auto pastInside = static_cast<size_t>(std::upper_bound(x.begin(), x.begin() + size, range.high) - x.begin());
  const size_t first = firstInside > 0 ? firstInside - 1 : 0;
  const size_t past = std::min(size, pastInside + 1);
  const double perColumn = (range.high - range.low) / std::max(1, range.columns);

  QList<QPointF> out;
  out.reserve(
      static_cast<qsizetype>(std::min<size_t>(past - first, 2 * static_cast<size_t>(std::max(1, range.columns)) + 4)));
  size_t at = first;
  while (at < past) {
    const double column = std::floor((x[at] - range.low) / perColumn);
    double columnEnd = range.low + (column + 1) * perColumn;
    // Rounding can put a point on its own column's end; it then belongs to the next.
    if (columnEnd <= x[at]) columnEnd += perColumn;
    size_t least = past;
    size_t most = past;
    do {
      if (!std::isnan(y[at])) {
        if (least == past || y[at] < y[least]) least = at;
        if (most == past || y[at] > y[most]) most = at;
      }
      ++at;
    } while (at < past && x[at] < columnEnd);
    if (least == past) continue;
    const auto [one, two] = std::minmax(least, most);
    out.append({x[one], static_cast<double>(y[one])});
    if (two != one) out.append({x[two], static_cast<double>(y[two])});
  }
  return out;
}

}  // namespace

QList<QPointF> thinned(std::span<const double> x, std::span<const float> y, const ColumnRange& range) {
  return thinnedOf(x, y, range);
}

QList<QPointF> thinned(std::span<const double> x, std::span<const double> y, const ColumnRange& range) {
  return thinnedOf(x, y, range);
}

}  // namespace headroom
