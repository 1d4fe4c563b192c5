// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/overlap_plot.h"

#include <qcustomplot.h>

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/plots/colour_map.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

OverlapPlot::OverlapPlot(QWidget* parent) : PlotCanvas(tr("overlap of survivors (Jaccard index)"), parent) {
  m_cells = new QCPColorMap(plot()->xAxis, plot()->yAxis);
  m_cells->setInterpolate(false);
  m_cells->setTightBoundary(false);
  m_cells->setDataRange({0, 1});
  plot()->yAxis->setRangeReversed(true);
}

void OverlapPlot::setMatrix(const OverlapMatrix& matrix) {
  m_matrix = matrix;
  scheduleRebuild();
}

QString OverlapPlot::nameOf(const CellChoice& choice) const {
  const QString method = methodText(choice.method);
  return choice.seed ? tr("%1, %2").arg(method).arg(*choice.seed) : method;
}

double OverlapPlot::shade(double value) const {
  const double chance = m_matrix.chance;
  if (value >= chance) return 0.5 + 0.5 * (value - chance) / std::max(1e-9, 1 - chance);
  return 0.5 - 0.5 * (chance - value) / std::max(1e-9, chance - m_matrix.least);
}

void OverlapPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  QCPColorGradient gradient;
  gradient.setLevelCount(256);
  for (int i = 0; i <= 32; ++i) gradient.setColorStopAt(i / 32.0, ColourMap::diverging(theme.dark).at(i / 32.0));
  gradient.setNanHandling(QCPColorGradient::nhNanColor);
  gradient.setNanColor(theme.panel);
  m_cells->setGradient(gradient);
  for (QCPAxis* axis : {plot()->xAxis, plot()->yAxis}) axis->grid()->setVisible(false);
}

void OverlapPlot::rebuild() {
  const size_t n = m_matrix.choices.size();
  setEmptyText(n > 0          ? QString()
               : isOfOrders() ? tr("No method here tells an order of all heads.")
                              : tr("What choices of heads have in common appears here once cells are done."));
  for (QCPItemText* number : m_numbers) plot()->removeItem(number);
  m_numbers.clear();
  setTitle(
      isOfOrders()
          ? tr("agreement of orders (Kendall's tau); 1 = the same (blue), 0 = nothing in common (pale), less is orange")
          : tr("overlap of survivors (Jaccard index); random choices: %1 (pale), more is blue, less orange")
                .arg(fixedText(m_matrix.chance, 2)));
  if (n == 0) return;
  const int side = static_cast<int>(n);
  m_cells->data()->setSize(side, side);
  m_cells->data()->setRange({0, side - 1.0}, {0, side - 1.0});
  const auto names = QSharedPointer<QCPAxisTickerText>::create();
  const PlotTheme theme = plotTheme();
  for (size_t row = 0; row < n; ++row) {
    names->addTick(static_cast<double>(row), nameOf(m_matrix.choices[row]));
    for (size_t column = 0; column < n; ++column) {
      const double value = m_matrix.at(row, column);
      m_cells->data()->setCell(static_cast<int>(column), static_cast<int>(row),
                               std::isnan(value) ? value : shade(value));
      QCPItemText* number = makeText(std::isnan(value) ? QStringLiteral("\u2013") : fixedText(value, 2));
      number->setColor(std::isnan(value) ? theme.secondary : textOn(ColourMap::diverging(theme.dark).at(shade(value))));
      number->position->setCoords(static_cast<double>(column), static_cast<double>(row));
      m_numbers.push_back(number);
    }
  }
  plot()->xAxis->setTicker(names);
  plot()->yAxis->setTicker(names);
  plot()->xAxis->setTickLabelRotation(-40);
  plot()->xAxis->setRange(-0.5, side - 0.5);
  plot()->yAxis->setRange(-0.5, side - 0.5);
  setAccessibleDescription(
      isOfOrders()
          ? tr("%1 methods' orders of all heads, each with each; those that tell none are left out").arg(side)
          : tr("%1 choices of heads, each with each; the table of methods has the overlap of their seeds").arg(side));
}

void OverlapPlot::placeNames() {
  const QFontMetricsF metrics(themeFont(TextRole::Axis));
  const double n = std::max<double>(1, static_cast<double>(m_matrix.choices.size()));
  const QRect room = plot()->axisRect()->rect();
  const bool fits = room.width() / n >= metrics.horizontalAdvance(QStringLiteral("0.00")) + 4 &&
                    room.height() / n >= metrics.height();
  for (QCPItemText* number : m_numbers) number->setVisible(fits);
}

bool OverlapPlot::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || m_matrix.choices.empty()) return PlotCanvas::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QPoint at = plot()->mapFrom(this, help->pos());
  const long column = std::lround(plot()->xAxis->pixelToCoord(at.x())),
             row = std::lround(plot()->yAxis->pixelToCoord(at.y()));
  const long n = static_cast<long>(m_matrix.choices.size());
  if (column < 0 || row < 0 || column >= n || row >= n) {
    QToolTip::hideText();
    return true;
  }
  const double value = m_matrix.at(static_cast<size_t>(row), static_cast<size_t>(column));
  const QString pair = tr("%1 with %2")
                           .arg(nameOf(m_matrix.choices[static_cast<size_t>(row)]),
                                nameOf(m_matrix.choices[static_cast<size_t>(column)]));
  QToolTip::showText(
      help->globalPos(),
      std::isnan(value) ? tr("%1: one cell only").arg(pair)
      : isOfOrders()    ? tr("%1: tau %2").arg(pair, fixedText(value, 3))
                     : tr("%1: %2 (random choices %3)").arg(pair, fixedText(value, 3), fixedText(m_matrix.chance, 3)),
      this);
  return true;
}

}  // namespace headroom
