// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/gate_paths_plot.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/plots/graph_data.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {
namespace {

constexpr double kPathReach = 8;  // pixels
constexpr int kSmoothPoints = 50'000;
constexpr int kSmoothPointsLive = 8'000;

}  // namespace

GatePathsPlot::GatePathsPlot(QWidget* parent)
    : StepPlot(tr("probability that the gate is open, one line a head"),
               tr("One line a head appears here while gates are trained. Press Train, or open a run."), parent) {
  plot()->addLayer(QStringLiteral("selected"), plot()->layer(QStringLiteral("main")), QCustomPlot::limAbove);
  plot()->layer(QStringLiteral("selected"))->setMode(QCPLayer::lmBuffered);
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create());
  plot()->yAxis->setRange(0, 1);
  m_selectedGraph = plot()->addGraph();
  setEventNames(true);
  m_selectedGraph->setLayer(QStringLiteral("selected"));
}

void GatePathsPlot::setHeadLayout(const HeadLayout& layout) {
  if (layout == m_layout) return;
  m_layout = layout;
  m_mask = HeadMask(layout);
  m_selected.reset();
  makeGraphs();
  scheduleRebuild();
}

void GatePathsPlot::makeGraphs() {
  for (QCPGraph* graph : m_graphs) plot()->removeGraph(graph);
  m_graphs.clear();
  for (int head = 0; head < m_layout.headCount(); ++head) {
    QCPGraph* graph = plot()->addGraph();
    graph->setLayer(QStringLiteral("main"));
    graph->setAdaptiveSampling(false);  // the data are thinned already
    m_graphs.push_back(graph);
  }
  colourGraphs();
}

void GatePathsPlot::setMask(const HeadMask& mask) {
  if (!(mask.layout() == m_layout) || mask == m_mask) return;
  m_mask = mask;
  colourGraphs();
  scheduleRebuild();
}

void GatePathsPlot::setSelected(std::optional<HeadId> head) {
  if (head && !m_layout.contains(*head)) head.reset();
  if (head == m_selected) return;
  m_selected = head;
  if (nothingToShow()) return;
  drawSelected();
  plot()->layer(QStringLiteral("selected"))->replot();
}

void GatePathsPlot::setQuantity(Quantity quantity) {
  m_quantity = quantity;
  setTitle(quantity == Quantity::OpenProbability ? tr("probability that the gate is open, one line a head")
                                                 : tr("log α of the gate, one line a head"));
  scheduleRebuild();
}

bool GatePathsPlot::nothingToShow() const { return !hasSeries() || series().headCount() != m_layout.headCount(); }

const std::vector<float>& GatePathsPlot::path(int flat) const {
  return m_quantity == Quantity::OpenProbability ? series().pOpen(flat) : series().logAlpha(flat);
}

void GatePathsPlot::applyColours() {
  StepPlot::applyColours();
  colourGraphs();
  // Only this line is wide: wide pens on all of them would cost thirty times as much.
  m_selectedGraph->setPen(QPen(plotTheme().cursor, 2));
}

void GatePathsPlot::colourGraphs() {
  const PlotTheme theme = plotTheme();
  QColor closed = theme.secondary;
  closed.setAlphaF(0.65F);
  for (size_t head = 0; head < m_graphs.size(); ++head)
    m_graphs[head]->setPen(QPen(m_mask.kept(static_cast<int>(head)) ? theme.accent : closed, 1));
}

void GatePathsPlot::scaleValues() {
  if (m_quantity == Quantity::OpenProbability) return plot()->yAxis->setRange(-0.01, 1.01);
  float limit = 3;
  for (int head = 0; head < m_layout.headCount(); ++head)
    for (const float value : path(head))
      if (std::isfinite(value)) limit = std::max(limit, std::abs(value));
  plot()->yAxis->setRange(-limit * 1.03, limit * 1.03);
}

void GatePathsPlot::fill(QCPGraph* graph, int flat) const { fillThinned(graph, series().steps(), path(flat)); }

void GatePathsPlot::rebuildCurves() {
  scaleValues();
  int points = 0;
  for (int head = 0; head < m_layout.headCount(); ++head) {
    QCPGraph* graph = m_graphs[static_cast<size_t>(head)];
    fill(graph, head);
    points += graph->dataCount();
  }
  // In a dense picture smooth edges cannot be seen, and cost a third of the time.
  const bool smooth = points <= (growing() ? kSmoothPointsLive : kSmoothPoints);
  for (QCPGraph* graph : m_graphs) graph->setAntialiased(smooth);
  drawSelected();
}

void GatePathsPlot::drawSelected() {
  m_selectedGraph->setVisible(m_selected.has_value());
  if (m_selected) fill(m_selectedGraph, m_layout.flat(*m_selected));
}

QPointF GatePathsPlot::pointOf(HeadId head, std::int64_t step) const {
  const size_t index = series().indexAt(step);
  return {plot()->xAxis->coordToPixel(series().steps()[index]),
          plot()->yAxis->coordToPixel(static_cast<double>(path(m_layout.flat(head))[index]))};
}

std::optional<HeadId> GatePathsPlot::headNear(QPointF position) const {
  if (nothingToShow() || !plot()->axisRect()->rect().contains(position.toPoint())) return std::nullopt;
  const double step = plot()->xAxis->pixelToCoord(position.x());
  if (step > static_cast<double>(series().lastStep()) +
                 std::abs(plot()->xAxis->pixelToCoord(kPathReach) - plot()->xAxis->pixelToCoord(0)))
    return std::nullopt;
  const size_t index = series().nearest(step);
  std::optional<HeadId> nearest;
  double least = kPathReach;
  for (int head = 0; head < m_layout.headCount(); ++head) {
    const double y = plot()->yAxis->coordToPixel(static_cast<double>(path(head)[index]));
    if (const double distance = std::abs(y - position.y()); distance <= least) {
      least = distance;
      nearest = m_layout.at(head);
    }
  }
  return nearest;
}

bool GatePathsPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot() && event->type() == QEvent::MouseMove && !nothingToShow()) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    showName(mouse->position(), mouse->globalPosition().toPoint());
  }
  return StepPlot::eventFilter(watched, event);
}

void GatePathsPlot::showName(QPointF position, QPoint global) {
  const std::optional<HeadId> head = headNear(position);
  if (!head) return QToolTip::hideText();
  const size_t index = series().nearest(plot()->xAxis->pixelToCoord(position.x()));
  const double value = static_cast<double>(path(m_layout.flat(*head))[index]);
  const QString quantity = m_quantity == Quantity::OpenProbability ? tr("P(open) %1").arg(fixedText(value, 2))
                                                                   : tr("log α %1").arg(fixedText(value, 1));
  QToolTip::showText(global,
                     tr("%1 head %2 · step %3 · %4")
                         .arg(blockText(m_layout, head->block))
                         .arg(head->head)
                         .arg(countText(static_cast<std::int64_t>(series().steps()[index])), quantity),
                     plot());
}

void GatePathsPlot::clicked(QPointF position) {
  const std::optional<HeadId> head = headNear(position);
  if (!head) return StepPlot::clicked(position);
  setSelected(head);
  emit headSelected(*head);
}

void GatePathsPlot::keyPressEvent(QKeyEvent* event) {
  const int direction = event->key() == Qt::Key_Up ? 1 : event->key() == Qt::Key_Down ? -1 : 0;
  if (direction == 0 || m_layout.headCount() == 0) return StepPlot::keyPressEvent(event);
  const int from = m_selected ? m_layout.flat(*m_selected) + direction : 0;
  const HeadId head = m_layout.at(std::clamp(from, 0, m_layout.headCount() - 1));
  setSelected(head);
  emit headSelected(head);
}

}  // namespace headroom
