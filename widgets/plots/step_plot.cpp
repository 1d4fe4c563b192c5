// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/step_plot.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <algorithm>
#include <map>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {
namespace {

QString eventName(TrainEventKind kind) {
  switch (kind) {
    case TrainEventKind::Clip: return StepPlot::tr("clip");
    case TrainEventKind::Reopen: return StepPlot::tr("reopen");
    case TrainEventKind::Concentrator: return StepPlot::tr("concentrate");
    case TrainEventKind::Resumed: return StepPlot::tr("resumed");
    default: return {};
  }
}

constexpr int kRest = 700;          // ms without new points
constexpr int kLiveInterval = 200;  // ms; every second delivery of points

}  // namespace

StepPlot::StepPlot(const QString& title, const QString& emptyText, QWidget* parent)
    : PlotCanvas(title, parent), m_emptyText(emptyText) {
  plot()->addLayer(QStringLiteral("cursor"), plot()->layer(QStringLiteral("overlay")), QCustomPlot::limBelow);
  plot()->layer(QStringLiteral("cursor"))->setMode(QCPLayer::lmBuffered);
  plot()->xAxis->setLabel(tr("step"));
  plot()->xAxis->setTicker(QSharedPointer<StepTicker>::create());
  m_cursor = new QCPItemStraightLine(plot());
  m_cursor->setLayer(QStringLiteral("cursor"));
  m_cursor->setVisible(false);
  m_rest.setSingleShot(true);
  m_rest.setInterval(kRest);
  connect(&m_rest, &QTimer::timeout, this, &StepPlot::scheduleRebuild);
  plot()->installEventFilter(this);
  setToolTip(
      tr("Click at a step to see the run as it stood there; Left and Right move by one logged step, End follows."));
}

void StepPlot::setSeries(std::shared_ptr<const TrainSeries> series) {
  m_series = std::move(series);
  scheduleRebuild();
}

void StepPlot::seriesGrew() {
  m_rest.start();
  if (m_drawn.isValid() && m_drawn.elapsed() < kLiveInterval) return;
  m_drawn.start();
  scheduleRebuild();
}

void StepPlot::setTotalSteps(std::int64_t steps) {
  m_totalSteps = steps;
  scheduleRebuild();
}

void StepPlot::setStepCursor(std::optional<std::int64_t> step) {
  if (step == m_cursorStep) return;
  m_cursorStep = step;
  moveCursor();
  describe();
  plot()->layer(QStringLiteral("cursor"))->replot();
}

void StepPlot::setEvents(std::vector<TrainEvent> events) {
  m_events = std::move(events);
  scheduleRebuild();
}

void StepPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  m_cursor->setPen(QPen(theme.secondary, 1));
  // Lines are made anew with the colours of the day.
  for (QCPItemStraightLine* line : m_eventLines) plot()->removeItem(line);
  for (QCPItemText* label : m_eventLabels) plot()->removeItem(label);
  m_eventLines.clear();
  m_eventLabels.clear();
}

void StepPlot::rebuild() {
  setEmptyText(nothingToShow() ? m_emptyText : QString());
  if (nothingToShow()) return;
  const double last = static_cast<double>(std::max({m_totalSteps, m_series->lastStep(), std::int64_t{1}}));
  plot()->xAxis->setRange(0, last);
  rebuildCurves();
  rebuildEvents();
  moveCursor();
  describe();
}

void StepPlot::makeEventMark() {
  const PlotTheme theme = plotTheme();
  auto* line = new QCPItemStraightLine(plot());
  line->setPen(QPen(theme.cursor, 1, Qt::DotLine));
  line->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
  line->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
  QCPItemText* label = makeText({});
  label->setColor(theme.cursor);
  label->setBrush(QBrush(theme.panel));
  label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_eventLines.push_back(line);
  m_eventLabels.push_back(label);
}

void StepPlot::rebuildEvents() {
  std::map<std::int64_t, QStringList> marks;
  for (const TrainEvent& event : m_events) {
    const QString name = eventName(event.kind);
    if (!name.isEmpty() && !marks[event.step].contains(name)) marks[event.step] << name;
  }
  while (m_eventLines.size() < marks.size()) makeEventMark();
  size_t i = 0;
  for (const auto& [step, names] : marks) {
    const double key = static_cast<double>(step);
    m_eventLines[i]->setVisible(true);
    m_eventLines[i]->point1->setCoords(key, 0);
    m_eventLines[i]->point2->setCoords(key, 1);
    m_eventLabels[i]->setText(names.join(QStringLiteral(", ")));
    m_eventLabels[i]->position->setCoords(key, 0.5);
    ++i;
  }
  for (; i < m_eventLines.size(); ++i) {
    m_eventLines[i]->setVisible(false);
    m_eventLabels[i]->setText({});
  }
}

void StepPlot::placeNames() {
  double freeFrom = plot()->axisRect()->left();
  for (QCPItemText* label : m_eventLabels) {
    const double width = QFontMetricsF(label->font()).horizontalAdvance(label->text()) + 8;
    const double x = plot()->xAxis->coordToPixel(label->position->key());
    // The first label of a crowd names it; the lines themselves stay.
    const bool left = x + width > plot()->axisRect()->right();
    const bool fits = !label->text().isEmpty() && (left ? x - width >= freeFrom : x >= freeFrom);
    label->setPositionAlignment((left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    label->setVisible(fits && m_eventNames);
    if (fits) freeFrom = left ? x : x + width;
  }
}

void StepPlot::moveCursor() {
  m_cursor->setVisible(m_cursorStep.has_value());
  if (!m_cursorStep) return;
  const double key = static_cast<double>(*m_cursorStep);
  m_cursor->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_cursor->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_cursor->point1->setCoords(key, 0);
  m_cursor->point2->setCoords(key, 1);
}

void StepPlot::describe() {
  if (!hasSeries()) return;
  const std::int64_t step = m_cursorStep.value_or(m_series->lastStep());
  const size_t i = m_series->indexAt(step);
  const TrainSeries::Scalars& values = m_series->scalars();
  setAccessibleDescription(tr("step %1: task loss %2, expected open %3, closed %4")
                               .arg(countText(step), fixedText(values.taskLoss[i], 2),
                                    fixedText(values.expectedOpen[i], 1), fixedText(values.expectedClosed[i], 1)));
}

bool StepPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched == plot() && event->type() == QEvent::MouseButtonPress && hasSeries()) {
    const auto* mouse = static_cast<QMouseEvent*>(event);
    if (mouse->button() == Qt::LeftButton) {
      setFocus(Qt::MouseFocusReason);
      clicked(mouse->position());
    }
  }
  return PlotCanvas::eventFilter(watched, event);
}

void StepPlot::clicked(QPointF position) {
  const double step = plot()->xAxis->pixelToCoord(position.x());
  if (step < 0) return;
  emit stepChosen(std::min(static_cast<std::int64_t>(step + 0.5), m_series->lastStep()));
}

void StepPlot::keyPressEvent(QKeyEvent* event) {
  if (!hasSeries()) return PlotCanvas::keyPressEvent(event);
  const size_t at = m_series->indexAt(m_cursorStep.value_or(m_series->lastStep()));
  const auto stepOf = [this](size_t i) { return static_cast<std::int64_t>(m_series->steps()[i]); };
  switch (event->key()) {
    case Qt::Key_Left: emit stepChosen(stepOf(at > 0 ? at - 1 : 0)); return;
    case Qt::Key_Right: emit stepChosen(stepOf(std::min(at + 1, m_series->size() - 1))); return;
    case Qt::Key_Home: emit stepChosen(stepOf(0)); return;
    case Qt::Key_End: emit newestChosen(); return;
    default: PlotCanvas::keyPressEvent(event);
  }
}

}  // namespace headroom
