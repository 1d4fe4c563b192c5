// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/compare_plot.h"

#include <qcustomplot.h>

#include <QHelpEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/series_colours.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

namespace {

constexpr double kDotReach = 9;  // pixels around a dot that belong to it

}  // namespace

ComparePlot::ComparePlot(QWidget* parent)
    : PlotCanvas(tr("score on dev, mean over the seeds, 95 % interval of the mean"), parent) {
  plot()->xAxis->setLabel(tr("heads kept"));
  plot()->xAxis->setTicker(QSharedPointer<StepTicker>::create());
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create(5));
  m_fullLine = plot()->addGraph();
  m_fullLine->setName(tr("unpruned"));
  // The legend stands beside the axes: over curves that cross it would hide them.
  auto* beside = new QCPLayoutGrid;
  plot()->plotLayout()->addElement(0, 1, beside);
  beside->addElement(0, 0, plot()->legend);
  beside->addElement(1, 0, new QCPLayoutElement);
  plot()->legend->setFillOrder(QCPLayoutGrid::foRowsFirst);
  beside->setRowStretchFactor(0, 0.001);
  plot()->plotLayout()->setColumnStretchFactor(1, 0.001);
  plot()->legend->setVisible(true);
}

void ComparePlot::setUnit(const std::string& unit) {
  plot()->xAxis->setLabel(unit == "group" ? tr("groups kept") : tr("heads kept"));
  scheduleRebuild();
}

void ComparePlot::setRows(const std::vector<CompareRow>& rows, const MetricValue& full) {
  m_rows = rows;
  m_full = full;
  scheduleRebuild();
}

void ComparePlot::bringForward(const std::string& method) {
  if (method == m_forward) return;
  m_forward = method;
  scheduleRebuild();
}

/// True for every line while the method that is to stand out is not among them.
bool ComparePlot::isForward(const Line& line) const {
  const bool known = std::any_of(m_rows.begin(), m_rows.end(), [this](const CompareRow& row) {
    return row.method == m_forward && row.metric.seeds > 0;
  });
  return !known || line.method == m_forward;
}

void ComparePlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  plot()->legend->setBrush(Qt::NoBrush);
  plot()->legend->setBorderPen(Qt::NoPen);
  plot()->legend->setFont(themeFont(TextRole::Axis));
  plot()->legend->setTextColor(theme.text);
  m_fullLine->setPen(QPen(theme.secondary, 1, Qt::DotLine));
  for (size_t i = 0; i < m_lines.size(); ++i) {
    const bool forward = isForward(m_lines[i]);
    QColor band = seriesColour(i), colour = seriesColour(i);
    band.setAlphaF(!forward ? 0.0F : m_forward.empty() ? 0.14F : 0.3F);
    if (!forward) colour.setAlphaF(0.35F);
    QPen pen = seriesPen(i);
    pen.setColor(colour);
    m_lines[i].mean->setPen(pen);
    m_lines[i].mean->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colour, 4));
    m_lines[i].high->setBrush(band);
  }
}

void ComparePlot::rebuild() {
  std::map<std::string, std::vector<CompareRow>> methods;
  for (const CompareRow& row : m_rows)
    if (row.metric.seeds > 0) methods[row.method].push_back(row);
  setEmptyText(methods.empty() ? tr("The methods' curves appear here, cell by cell, once a comparison is started.")
                               : QString());
  while (m_lines.size() < methods.size()) {
    Line line{plot()->addGraph(), plot()->addGraph(), plot()->addGraph(), {}};
    line.high->setChannelFillGraph(line.low);
    for (QCPGraph* edge : {line.low, line.high}) {
      edge->setPen(QPen(Qt::NoPen));
      edge->removeFromLegend();
    }
    m_lines.push_back(line);
  }
  for (Line& line : m_lines) line.method.clear();
  size_t named = 0;
  for (const auto& [method, rows] : methods) m_lines[named++].method = method;
  applyColours();
  setTitle(
      tr("%1 on dev [%], mean over the seeds, 95 % interval of the mean").arg(QString::fromStdString(m_full.name)));
  double least = 1e9, most = 0, low = 1, high = 0;
  size_t next = 0;
  for (const auto& [method, rows] : methods) {
    Line& line = m_lines[next++];
    QVector<QCPGraphData> mean, lower, upper;
    for (const CompareRow& row : rows) {
      mean.append({static_cast<double>(row.keep), 100 * row.metric.mean});
      lower.append({static_cast<double>(row.keep), 100 * row.metric.low});
      upper.append({static_cast<double>(row.keep), 100 * row.metric.high});
      least = std::min(least, static_cast<double>(row.keep));
      most = std::max(most, static_cast<double>(row.keep));
      low = std::min(low, row.metric.mean);
      high = std::max(high, row.metric.mean);
    }
    line.mean->data()->set(mean);
    line.low->data()->set(lower);
    line.high->data()->set(upper);
    line.mean->setName(methodText(method));
  }
  for (size_t i = 0; i < m_lines.size(); ++i) {
    const bool shown = i < next;
    for (QCPGraph* graph : {m_lines[i].mean, m_lines[i].low, m_lines[i].high}) graph->setVisible(shown);
    if (shown) {
      m_lines[i].mean->addToLegend();
    } else {
      m_lines[i].mean->removeFromLegend();
    }
  }
  if (methods.empty()) return;
  const double room = std::max(0.5, 0.05 * (most - least));
  m_fullLine->data()->set(QVector<QCPGraphData>{{least - room, 100 * m_full.value}, {most + room, 100 * m_full.value}});
  plot()->xAxis->setRange(least - room, most + room);
  const double floor = low < 0 ? -100.5 : 0;  // correlations may lie below nothing
  plot()->yAxis->setRange(std::max(floor, 100 * low - 6), std::min(100.5, 100 * std::max(high, m_full.value) + 3));
  QStringList said;
  for (const auto& [method, rows] : methods) {
    QStringList points;
    for (const CompareRow& row : rows) points << tr("%1 at %2").arg(percentText(row.metric.mean), countText(row.keep));
    said << tr("%1: %2").arg(methodText(method), points.join(QStringLiteral(", ")));
  }
  setAccessibleDescription(said.join(QStringLiteral("; ")));
}

bool ComparePlot::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return PlotCanvas::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const QPointF at = plot()->mapFrom(this, help->pos());
  QStringList tips;
  for (const CompareRow& row : m_rows)
    if (row.metric.seeds > 0 && std::hypot(plot()->xAxis->coordToPixel(row.keep) - at.x(),
                                           plot()->yAxis->coordToPixel(100 * row.metric.mean) - at.y()) <= kDotReach)
      tips << tr("%1, K = %2: %3, %4")
                  .arg(methodText(row.method), countText(row.keep), meanText(row.metric),
                       QString::fromStdString(seedsText(row)));
  tips.isEmpty() ? QToolTip::hideText() : QToolTip::showText(help->globalPos(), tips.join(QLatin1Char('\n')), this);
  return true;
}

}  // namespace headroom
