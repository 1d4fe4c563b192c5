// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/cost_quality_plot.h"

#include <qcustomplot.h>

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <map>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/series_colours.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

namespace {

constexpr double kReach = 9;  // pixels around a dot that belong to it

}  // namespace

CostQualityPlot::CostQualityPlot(QWidget* parent) : PlotCanvas(tr("score on dev against cost"), parent) {
  plot()->xAxis->setScaleType(QCPAxis::stLogarithmic);
  const auto powers = QSharedPointer<QCPAxisTickerLog>::create();
  plot()->xAxis->setTicker(powers);
  plot()->xAxis->setNumberFormat(QStringLiteral("g"));
  plot()->xAxis->setNumberPrecision(4);
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create(5));
  m_fullLine = plot()->addGraph();
}

void CostQualityPlot::setRows(const std::vector<CompareRow>& rows, const MetricValue& full) {
  m_rows = rows;
  m_full = full;
  scheduleRebuild();
}

void CostQualityPlot::setCost(Cost cost) {
  m_cost = cost;
  scheduleRebuild();
}

double CostQualityPlot::costOf(const CompareRow& row) const {
  return m_cost == Cost::Seconds ? row.seconds : row.forwardsEquivalent();
}

void CostQualityPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  m_fullLine->setPen(QPen(theme.secondary, 1, Qt::DotLine));
  for (size_t i = 0; i < m_series.size(); ++i) {
    const QColor colour = seriesColour(i);
    m_series[i].dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colour, colour, 7));
    QColor bar = colour;
    bar.setAlphaF(0.55F);
    m_series[i].intervals->setPen(QPen(bar, 1.2));
  }
}

void CostQualityPlot::addLabel(const CompareRow& row, size_t series) {
  const QString name = tr("%1 %2").arg(methodText(row.method)).arg(row.keep);
  Label label{makeText(name), costOf(row), 100 * row.metric.mean,
              tr("%1, K = %2: %3, %4 s, %5 forward and %6 backward passes")
                  .arg(methodText(row.method), countText(row.keep), meanText(row.metric), fixedText(row.seconds, 1),
                       fixedText(row.forwards, 1), fixedText(row.backwards, 1))};
  label.text->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  label.text->position->setType(QCPItemPosition::ptAbsolute);
  label.text->setColor(plotTheme().dark ? seriesColour(series).lighter(125) : seriesColour(series).darker(115));
  m_labels.push_back(label);
}

void CostQualityPlot::rebuild() {
  std::map<std::string, std::vector<CompareRow>> methods;
  int free = 0;
  for (const CompareRow& row : m_rows) {
    if (row.metric.seeds == 0) continue;
    std::vector<CompareRow>& shown = methods[row.method];  // also without a row: colours are those of the curves
    if (costOf(row) > 0)
      shown.push_back(row);
    else
      ++free;
  }
  const bool any = std::any_of(methods.begin(), methods.end(), [](const auto& each) { return !each.second.empty(); });
  for (const Label& label : m_labels) plot()->removeItem(label.text);
  m_labels.clear();
  setEmptyText(!any ? tr("What methods score and cost appears here once cells are done.") : QString());
  const QString metric = QString::fromStdString(m_full.name);
  setTitle(free > 0 ? tr("%1 on dev [%] against cost, 95 % interval of the mean; %2 without passes are not shown")
                          .arg(metric)
                          .arg(free)
                    : tr("%1 on dev [%] against cost, 95 % interval of the mean").arg(metric));
  plot()->xAxis->setLabel(m_cost == Cost::Seconds ? tr("seconds") : tr("passes, in forwards (a backward counts 2)"));
  while (m_series.size() < methods.size()) {
    Series series{plot()->addGraph(), new QCPErrorBars(plot()->xAxis, plot()->yAxis)};
    series.dots->setLineStyle(QCPGraph::lsNone);
    series.intervals->setDataPlottable(series.dots);
    series.intervals->setWhiskerWidth(0);
    m_series.push_back(series);
  }
  applyColours();
  size_t next = 0;
  for (const auto& [method, rows] : methods) {
    QVector<double> cost, score, low, high;
    std::vector<CompareRow> ordered = rows;
    std::sort(ordered.begin(), ordered.end(),
              [this](const CompareRow& a, const CompareRow& b) { return costOf(a) < costOf(b); });
    for (const CompareRow& row : ordered) {
      cost << costOf(row);
      score << 100 * row.metric.mean;
      low << 100 * (row.metric.mean - row.metric.low);
      high << 100 * (row.metric.high - row.metric.mean);
      addLabel(row, next);
    }
    m_series[next].dots->setData(cost, score, true);
    m_series[next++].intervals->setData(low, high);
  }
  for (size_t i = 0; i < m_series.size(); ++i) {
    m_series[i].dots->setVisible(i < next);
    m_series[i].intervals->setVisible(i < next);
  }
  if (any) frame(100 * m_full.value);
}

void CostQualityPlot::frame(double full) {
  double least = 1e300, most = 0, low = full, high = full;
  for (const Label& label : m_labels) {
    least = std::min(least, label.cost);
    most = std::max(most, label.cost);
    low = std::min(low, label.score);
    high = std::max(high, label.score);
  }
  // At least a decade and a half, so that there are numbers at the axis; room for names on the right.
  const double middle = std::sqrt(least * most), half = std::max(std::sqrt(most / least) * 1.6, 6.0);
  plot()->xAxis->setRange(middle / half, middle * half * 1.6);
  plot()->yAxis->setRange(std::max(low < 0 ? -100.5 : 0.0, low - 6), std::min(100.5, high + 3));
  m_fullLine->data()->set(QVector<QCPGraphData>{{middle / half, full}, {middle * half * 1.6, full}});
}

/// Names stand beside their dots where they cover no other name; the others are in the tooltip and in the table.
void CostQualityPlot::placeNames() {
  const QFontMetricsF metrics(themeFont(TextRole::Axis));
  const QRectF room(plot()->axisRect()->rect());
  std::vector<QRectF> taken;
  for (const Label& label : m_labels)
    taken.push_back(
        QRectF(plot()->xAxis->coordToPixel(label.cost) - 4, plot()->yAxis->coordToPixel(label.score) - 4, 8, 8));
  for (Label& label : m_labels) {
    const QPointF dot(plot()->xAxis->coordToPixel(label.cost), plot()->yAxis->coordToPixel(label.score));
    const double width = metrics.horizontalAdvance(label.text->text()) + 3, height = metrics.height() - 2;
    const QPointF offsets[] = {{7, 0},          {7, -height * 0.8},    {7, height * 0.8},
                               {-7 - width, 0}, {-width / 2, -height}, {-width / 2, height}};
    bool placed = false;
    for (const QPointF& offset : offsets) {
      const QRectF box(dot.x() + offset.x(), dot.y() + offset.y() - height / 2, width, height);
      if (!room.contains(box) ||
          std::any_of(taken.begin(), taken.end(), [&](const QRectF& other) { return other.intersects(box); }))
        continue;
      label.text->position->setCoords(box.left(), box.center().y());
      taken.push_back(box);
      placed = true;
      break;
    }
    label.text->setVisible(placed);
  }
}

bool CostQualityPlot::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return PlotCanvas::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QPointF at = plot()->mapFrom(this, help->pos());
  QStringList tips;
  for (const Label& label : m_labels)
    if (std::hypot(plot()->xAxis->coordToPixel(label.cost) - at.x(),
                   plot()->yAxis->coordToPixel(label.score) - at.y()) <= kReach)
      tips << label.tip;
  tips.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), tips.join(QLatin1Char('\n')), this);
  return true;
}

}  // namespace headroom
