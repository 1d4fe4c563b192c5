// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/direct_labels.h"

#include <qcustomplot.h>

#include <QFontMetricsF>
#include <algorithm>

#include "widgets/plots/plot_theme.h"

namespace headroom {
namespace {

struct Placed {
  QCPItemText* item = nullptr;
  double x = 0, y = 0, width = 0;
};

}  // namespace

QBrush labelGround(const PlotTheme& theme) {
  QColor ground = theme.panel;
  ground.setAlphaF(0.85F);
  return ground;
}

void placeLabels(QCustomPlot* plot, std::vector<DirectLabel> labels) {
  const QRect room = plot->axisRect()->rect();
  std::vector<Placed> placed;
  double height = 0;
  for (const DirectLabel& label : labels) {
    label.item->setVisible(label.shown);
    if (!label.shown) continue;
    const QFontMetricsF metrics(label.item->font());
    height = metrics.height();
    Placed at{label.item, plot->xAxis->coordToPixel(label.key) + 6, label.valueAxis->coordToPixel(label.value),
              metrics.horizontalAdvance(label.item->text())};
    if (at.x + at.width > room.right() + 2) {
      at.x = room.right() - at.width;
      at.y -= height * 0.62;
    }
    placed.push_back(at);
  }
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) { return a.y < b.y; });
  const double top = room.top() + height / 2;
  for (size_t i = 0; i < placed.size(); ++i)
    placed[i].y = std::max(placed[i].y, i == 0 ? top : placed[i - 1].y + height);
  double floor = room.bottom() - height / 2 + 1;
  for (auto at = placed.rbegin(); at != placed.rend(); ++at, floor -= height) at->y = std::min(at->y, floor);
  for (const Placed& at : placed) {
    at.item->position->setType(QCPItemPosition::ptAbsolute);
    at.item->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    at.item->position->setCoords(at.x, at.y);
  }
}

}  // namespace headroom
