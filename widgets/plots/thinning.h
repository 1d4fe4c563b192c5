// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>
#include <span>

namespace headroom {

/// What of a series is to be drawn: keys low..high over `columns` pixel columns.
struct ColumnRange {
  double low = 0;
  double high = 1;
  int columns = 1;
};

/// At most two points a pixel column, its smallest and its largest value in their order, so that no spike is lost.
/// `x` increases; the neighbours outside the range are kept so that lines leave the plot. NaN values are left out.
[[nodiscard]] QList<QPointF> thinned(std::span<const double> x, std::span<const float> y, const ColumnRange& range);
[[nodiscard]] QList<QPointF> thinned(std::span<const double> x, std::span<const double> y, const ColumnRange& range);

}  // namespace headroom
