// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QBrush>
#include <vector>

class QCPAxis;
class QCPItemText;
class QCustomPlot;

namespace headroom {

/// A curve's name and the point it belongs to. `shown` false hides it.
struct DirectLabel {
  QCPItemText* item = nullptr;
  QCPAxis* valueAxis = nullptr;
  double key = 0;
  double value = 0;
  bool shown = true;
};

struct PlotTheme;

/// What a name is written on, so that it stays readable over curves.
[[nodiscard]] QBrush labelGround(const PlotTheme& theme);

/// Puts names beside the ends of their curves: to the right where there is room, else above; pushed apart so that none
/// covers another. Axis ranges must be set before.
void placeLabels(QCustomPlot* plot, std::vector<DirectLabel> labels);

}  // namespace headroom
