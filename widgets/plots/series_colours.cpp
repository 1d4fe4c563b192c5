// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/series_colours.h"

#include <iterator>

namespace headroom {

namespace {

constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"};
constexpr Qt::PenStyle kStyles[] = {Qt::SolidLine, Qt::DashLine, Qt::DotLine};

}  // namespace

QColor seriesColour(size_t index) { return QColor(QLatin1String(kColours[index % std::size(kColours)])); }

QPen seriesPen(size_t index) {
  return QPen(seriesColour(index), 1.5, kStyles[index / std::size(kColours) % std::size(kStyles)]);
}

}  // namespace headroom
