// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcustomplot.h>

#include <vector>

#include "widgets/plots/thinning.h"

namespace headroom {

/// Gives a graph what of a series can be seen: at most two points a pixel column. Include in .cpp files only.
template <typename Value>
void fillThinned(QCPGraph* graph, const std::vector<double>& x, const std::vector<Value>& y) {
  const QCPRange range = graph->keyAxis()->range();
  const QList<QPointF> points =
      thinned(x, std::span<const Value>(y), {range.lower, range.upper, graph->keyAxis()->axisRect()->width()});
  QVector<QCPGraphData> data;
  data.reserve(points.size());
  for (const QPointF& point : points) data.append({point.x(), point.y()});
  graph->data()->set(data, true);
}

}  // namespace headroom
