// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/trade_off_plot.h"

#include <qcustomplot.h>

#include <QKeyEvent>
#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {
namespace {

constexpr auto kCursorLayer = "cursor";

constexpr double kGrab = 5;  ///< pixels from a limit's line at which it is taken hold of

}  // namespace

TradeOffPlot::TradeOffPlot(QWidget* parent) : PlotCanvas(tr("score on dev, 95 % interval"), parent) {
  plot()->addLayer(QLatin1String(kCursorLayer), plot()->layer(QStringLiteral("overlay")), QCustomPlot::limBelow);
  plot()->layer(QLatin1String(kCursorLayer))->setMode(QCPLayer::lmBuffered);
  plot()->xAxis->setLabel(tr("heads kept"));
  plot()->xAxis->setTicker(QSharedPointer<StepTicker>::create());
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create(5));
  makeGraphs();
  makeItems();
  plot()->installEventFilter(this);
  setToolTip(
      tr("The score in percent against the number of heads kept. Drag, or use the arrow keys, to move the cursor.\n"
         "Dots are measured, the ring is the number that was trained for; the others re-rank that run's heads. Grey "
         "rings are what other runs of this session ended with.\n"
         "Triangles are pinned masks (P pins the shown one, a click shows one again), squares masks that were really "
         "timed.\n"
         "Grey: mean of ten random choices of as many heads from the unpruned model, and the range of 95 % of them."));
}

void TradeOffPlot::makeGraphs() {
  for (QCPGraph** graph :
       {&m_randomHigh, &m_randomLow, &m_randomLine, &m_high, &m_low, &m_line, &m_dots, &m_paretoDots, &m_trained})
    *graph = plot()->addGraph();
  m_randomHigh->setChannelFillGraph(m_randomLow);
  m_high->setChannelFillGraph(m_low);
  for (QCPGraph* band : {m_randomHigh, m_randomLow, m_high, m_low}) band->setPen(QPen(Qt::NoPen));
  m_dots->setLineStyle(QCPGraph::lsNone);
  m_trained->setLineStyle(QCPGraph::lsNone);
  m_paretoDots->setLineStyle(QCPGraph::lsNone);
  m_marks.emplace(plot(), [this] { return makeText({}); });
}

void TradeOffPlot::makeItems() {
  m_full = new QCPItemStraightLine(plot());
  m_cursorLine = new QCPItemStraightLine(plot());
  m_xLimit = new QCPItemStraightLine(plot());
  m_lostLimit = new QCPItemStraightLine(plot());
  m_cursorDot = new QCPItemTracer(plot());
  m_cursorDot->setStyle(QCPItemTracer::tsCircle);
  m_cursorDot->setSize(10);
  m_fullLabel = makeText({});
  m_nameLabel = makeText({});
  m_randomLabel = makeText(tr("random"));
  m_cursorLabel = makeText({});
  for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{m_cursorLine, m_cursorDot, m_cursorLabel})
    item->setLayer(QLatin1String(kCursorLayer));
}

void TradeOffPlot::setCurve(const Curve& curve) {
  m_curve = curve;
  const QString name = QString::fromStdString(curve.full.name);
  setTitle(tr("%1 on dev, 95 % interval").arg(name));
  if (headCount() > 0) m_cursorAt = std::min(m_cursorAt, headCount());  // no curve yet: the slider stays, so does this
  scheduleRebuild();
}

void TradeOffPlot::setCurveName(const QString& name) {
  m_curveName = name;
  scheduleRebuild();
}

void TradeOffPlot::setRandom(std::vector<CurvePoint> points) {
  m_random = std::move(points);
  scheduleRebuild();
}

void TradeOffPlot::setCursor(int kept) {
  kept = std::max(0, kept);
  if (kept == m_cursorAt) return;
  m_cursorAt = kept;
  moveCursor();
  plot()->layer(QLatin1String(kCursorLayer))->replot();
}

double TradeOffPlot::pixelOf(int kept) const { return plot()->xAxis->coordToPixel(xOf(kept)); }

void TradeOffPlot::setAxis(const QString& label, std::vector<double> values) {
  m_axisValues = std::move(values);
  plot()->xAxis->setLabel(m_axisValues.empty() ? tr("heads kept") : label);
  if (m_axisValues.empty()) {
    plot()->xAxis->setTicker(QSharedPointer<StepTicker>::create());
  } else {
    plot()->xAxis->setTicker(QSharedPointer<ValueTicker>::create(5));
  }
  scheduleRebuild();
}

void TradeOffPlot::setPareto(std::vector<int> kept) {
  m_pareto = std::move(kept);
  scheduleRebuild();
}

void TradeOffPlot::setPins(std::vector<TradeOffMark> pins) {
  m_marks->set(TradeOffMarks::Pins, std::move(pins));
  scheduleRebuild();
}

void TradeOffPlot::setOtherRuns(std::vector<TradeOffMark> runs) {
  m_marks->set(TradeOffMarks::OtherRuns, std::move(runs));
  scheduleRebuild();
}

void TradeOffPlot::setTimed(std::vector<TradeOffMark> timed) {
  m_marks->set(TradeOffMarks::Timed, std::move(timed));
  scheduleRebuild();
}

void TradeOffPlot::setLimits(std::optional<double> mostX, std::optional<double> mostLost) {
  m_mostX = mostX;
  m_mostLost = mostLost;
  scheduleRebuild();
}

double TradeOffPlot::xOf(int kept) const {
  const auto place = static_cast<size_t>(kept);
  return place < m_axisValues.size() ? m_axisValues[place] : kept;
}

int TradeOffPlot::keptAt(double pixel) const {
  int nearest = m_cursorAt;
  double least = std::numeric_limits<double>::infinity();
  for (int kept = 0; kept <= headCount(); ++kept) {
    const double distance = std::abs(pixelOf(kept) - pixel);  // NaN where x is not known: never nearer
    if (distance >= least || std::isnan(distance)) continue;
    nearest = kept;
    least = distance;
  }
  return nearest;
}

QVector<QCPGraphData> TradeOffPlot::valuesWhere(const std::vector<CurvePoint>& points,
                                                const std::function<bool(const CurvePoint&)>& wanted) const {
  QVector<QCPGraphData> values;
  for (const CurvePoint& point : points)
    if (wanted(point) && std::isfinite(xOf(point.kept))) values.append({xOf(point.kept), 100 * point.metric.value});
  return values;
}

void TradeOffPlot::setBand(QCPGraph* low, QCPGraph* high, const std::vector<CurvePoint>& points) const {
  QVector<QCPGraphData> lows;
  QVector<QCPGraphData> highs;
  for (const CurvePoint& point : points) {
    lows.append({xOf(point.kept), 100 * point.metric.low});
    highs.append({xOf(point.kept), 100 * point.metric.high});
  }
  low->data()->set(lows);
  high->data()->set(highs);
}

void TradeOffPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  QColor band = theme.accent;
  band.setAlphaF(0.18F);
  m_high->setBrush(band);
  QColor grey = theme.secondary;
  grey.setAlphaF(0.15F);
  m_randomHigh->setBrush(grey);
  m_randomLine->setPen(QPen(theme.secondary, 1, Qt::DashLine));
  m_line->setPen(QPen(theme.accent, 1.6));
  m_trained->setScatterStyle(
      QCPScatterStyle(QCPScatterStyle::ssCircle, QPen(theme.accent, 2), QBrush(theme.panel), 11));
  m_full->setPen(QPen(theme.secondary, 1, Qt::DotLine));
  m_paretoDots->setScatterStyle(
      QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(theme.text, 1.2), QBrush(theme.panel), 8));
  m_marks->applyColours(theme);
  for (QCPItemStraightLine* limit : {m_xLimit, m_lostLimit}) limit->setPen(QPen(theme.cursor, 1.2, Qt::DashLine));
  m_cursorLine->setPen(QPen(theme.cursor, 1.6));
  m_cursorDot->setPen(QPen(theme.cursor, 2));
  m_cursorDot->setBrush(QBrush(theme.panel));
  m_fullLabel->setColor(theme.secondary);
  m_nameLabel->setColor(theme.accent);
  m_nameLabel->setFont(themeFont(TextRole::Axis, true));
  for (QCPItemText* label : {m_fullLabel, m_nameLabel, m_randomLabel}) label->setBrush(labelGround(theme));
  m_randomLabel->setColor(theme.secondary);
  m_cursorLabel->setColor(theme.cursor);
  m_cursorLabel->setBrush(QBrush(theme.panel));
}

void TradeOffPlot::rebuild() {
  const bool empty = m_curve.points.empty();
  setEmptyText(
      empty ? tr("The score against the number of heads kept appears here once a run is finished, or after a sweep.")
            : QString());
  if (empty) return;
  const QString metric = QString::fromStdString(m_curve.points.front().metric.name);
  setTitle(tr("%1 on dev, 95 % interval").arg(metric.isEmpty() ? tr("score") : metric));
  scaleAxes();
  drawCurve();
  drawRandom();
  drawLimits();
  m_marks->draw(plotTheme());
  placeCurveLabels();
  moveCursor();
}

void TradeOffPlot::drawLimits() {
  m_xLimit->setVisible(m_mostX && !m_axisValues.empty());
  if (m_mostX) {
    m_xLimit->point1->setCoords(*m_mostX, 0);
    m_xLimit->point2->setCoords(*m_mostX, 1);
  }
  m_lostLimit->setVisible(m_mostLost && m_curve.full.examples > 0);
  if (m_mostLost) {
    const double height = 100 * m_curve.full.value - *m_mostLost;
    m_lostLimit->point1->setCoords(0, height);
    m_lostLimit->point2->setCoords(1, height);
  }
}

bool TradeOffPlot::sparse() const {
  return std::any_of(m_axisValues.begin(), m_axisValues.end(), [](double x) { return std::isnan(x); });
}

void TradeOffPlot::scaleAxes() {
  double low = m_curve.full.low;
  for (const std::vector<CurvePoint>* points :
       std::initializer_list<const std::vector<CurvePoint>*>{&m_curve.points, &m_random})
    for (const CurvePoint& point : *points) low = std::min(low, point.metric.low);
  m_marks->forEach([&low](const TradeOffMark& mark) { low = std::min(low, mark.low); });
  const double floor = std::max(0.0, std::floor(low * 20) * 5);
  plot()->yAxis->setRange(std::min(floor, 95.0), 100.5);
  if (m_axisValues.empty()) {
    plot()->xAxis->setRange(0, std::max(1, headCount()));
    return;
  }
  double least = std::numeric_limits<double>::infinity(), most = -least;
  const auto take = [&](double x) {
    if (std::isnan(x)) return;
    least = std::min(least, x);
    most = std::max(most, x);
  };
  for (const double x : m_axisValues) take(x);
  m_marks->forEach([&take](const TradeOffMark& mark) { take(mark.x); });
  if (least > most) least = 0, most = 1;
  const double room = std::max(0.03 * (most - least), 0.02 * std::abs(most));
  plot()->xAxis->setRange(least - room, most + room);
}

void TradeOffPlot::drawCurve() {
  const std::vector<CurvePoint> drawn = sparse() ? std::vector<CurvePoint>() : m_curve.points;
  setBand(m_low, m_high, drawn);
  const auto all = valuesWhere(drawn, [](const CurvePoint&) { return true; });
  m_line->data()->set(all);
  m_dots->data()->set(all);
  m_trained->data()->set(valuesWhere(m_curve.points, [](const CurvePoint& point) { return point.trained; }));
  m_paretoDots->data()->set(valuesWhere(m_curve.points, [this](const CurvePoint& point) {
    return std::find(m_pareto.begin(), m_pareto.end(), point.kept) != m_pareto.end();
  }));
  const double room = plot()->axisRect()->width() / std::max<double>(1, static_cast<double>(m_curve.points.size()));
  const QColor colour = plotTheme().accent;
  // Dots that would touch become the line itself.
  m_dots->setScatterStyle(room < 3
                              ? QCPScatterStyle(QCPScatterStyle::ssNone)
                              : QCPScatterStyle(QCPScatterStyle::ssDisc, colour, std::clamp(room * 0.45, 2.0, 4.0)));
  m_full->point1->setCoords(0, 100 * m_curve.full.value);
  m_full->point2->setCoords(1, 100 * m_curve.full.value);
  m_full->setVisible(m_curve.full.examples > 0);
}

void TradeOffPlot::drawRandom() {
  const std::vector<CurvePoint> drawn = sparse() ? std::vector<CurvePoint>() : m_random;
  setBand(m_randomLow, m_randomHigh, drawn);
  m_randomLine->data()->set(valuesWhere(drawn, [](const CurvePoint&) { return true; }));
  m_randomLabel->setVisible(!drawn.empty());
  if (drawn.empty()) return;
  // Where few heads are kept: the band hangs low there, far from the curve and its name.
  const CurvePoint& few = m_random[m_random.size() / 4];
  m_randomLabel->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  m_randomLabel->position->setCoords(xOf(few.kept), 100 * few.metric.low);
}

void TradeOffPlot::placeCurveLabels() {
  m_fullLabel->setVisible(m_curve.full.examples > 0);
  m_fullLabel->setText(tr("unpruned %1").arg(fixedText(100 * m_curve.full.value, 1)));
  m_fullLabel->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
  m_fullLabel->position->setCoords(plot()->xAxis->range().upper, 100 * m_curve.full.value);
  m_nameLabel->setVisible(!m_curveName.isEmpty() && !sparse());
  m_nameLabel->setText(m_curveName);
  // Under the curve where it has flattened: the band is narrow there and random masks score far below.
  m_nameLabel->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
  const auto after = [this](const CurvePoint& point) { return point.kept >= 0.45 * headCount(); };
  const auto found = std::find_if(m_curve.points.begin(), m_curve.points.end(), after);
  const CurvePoint& at = found != m_curve.points.end() ? *found : m_curve.points.back();
  m_nameLabel->position->setCoords(xOf(at.kept), 100 * at.metric.low);
}

void TradeOffPlot::moveCursor() {
  if (m_curve.points.empty()) return;
  m_cursorLine->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_cursorLine->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_cursorLine->point1->setCoords(xOf(m_cursorAt), 0);
  m_cursorLine->point2->setCoords(xOf(m_cursorAt), 1);
  const CurvePoint* point = m_curve.at(m_cursorAt);
  const bool placed = std::isfinite(xOf(m_cursorAt));
  m_cursorLine->setVisible(placed);
  m_cursorLabel->setVisible(placed);
  m_cursorDot->setVisible(point != nullptr && placed);
  if (point) m_cursorDot->position->setCoords(xOf(m_cursorAt), 100 * point->metric.value);
  const QString value = point ? percentText(point->metric.value) : tr("not measured");
  m_cursorLabel->setText(QStringLiteral("%1: %2").arg(countText(m_cursorAt), value));
  placeNames();
  setAccessibleDescription(tr("%1 of %2 heads kept: %3").arg(countText(m_cursorAt), countText(headCount()), value));
}

void TradeOffPlot::placeNames() {
  const bool right = pixelOf(m_cursorAt) < plot()->axisRect()->left() + 0.6 * plot()->axisRect()->width();
  m_cursorLabel->setPositionAlignment((right ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignBottom);
  m_cursorLabel->position->setTypeX(QCPItemPosition::ptAbsolute);
  m_cursorLabel->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
  m_cursorLabel->position->setCoords(pixelOf(m_cursorAt) + (right ? 5 : -5), 0.97);
}

void TradeOffPlot::drag(const QPointF& place) {
  if (m_drag == Drag::Cursor) choose(keptAt(place.x()));
  if (m_drag == Drag::MostX) emit mostXDragged(std::max(0.0, plot()->xAxis->pixelToCoord(place.x())));
  if (m_drag == Drag::MostLost)
    emit mostLostDragged(std::max(0.0, 100 * m_curve.full.value - plot()->yAxis->pixelToCoord(place.y())));
}

void TradeOffPlot::choose(int kept) {
  kept = std::clamp(kept, 0, headCount());
  if (kept == m_cursorAt) return;
  setCursor(kept);
  emit keptChosen(kept);
}

bool TradeOffPlot::eventFilter(QObject* watched, QEvent* event) {
  if (watched != plot() || m_curve.points.empty()) return PlotCanvas::eventFilter(watched, event);
  const auto place = [event] { return static_cast<QMouseEvent*>(event)->position(); };
  if (event->type() == QEvent::MouseButtonPress && static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton) {
    setFocus(Qt::MouseFocusReason);
    if (const int pin = m_marks->pinAt(place(), kGrab + 2); pin >= 0) {
      emit pinChosen(pin);
      return PlotCanvas::eventFilter(watched, event);
    }
    m_drag = Drag::Cursor;
    if (m_lostLimit->visible() &&
        std::abs(plot()->yAxis->coordToPixel(m_lostLimit->point1->value()) - place().y()) < kGrab)
      m_drag = Drag::MostLost;
    if (m_xLimit->visible() && std::abs(plot()->xAxis->coordToPixel(m_xLimit->point1->key()) - place().x()) < kGrab)
      m_drag = Drag::MostX;
    drag(place());
  } else if (event->type() == QEvent::MouseMove && m_drag != Drag::None) {
    drag(place());
  } else if (event->type() == QEvent::MouseButtonRelease && m_drag != Drag::None) {
    if (m_drag == Drag::Cursor) emit keptReleased(m_cursorAt);
    m_drag = Drag::None;
  }
  return PlotCanvas::eventFilter(watched, event);
}

void TradeOffPlot::keyPressEvent(QKeyEvent* event) {
  const int page = std::max(1, headCount() / 10);
  int to = m_cursorAt;
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Down: to -= 1; break;
    case Qt::Key_Right:
    case Qt::Key_Up: to += 1; break;
    case Qt::Key_PageDown: to -= page; break;
    case Qt::Key_PageUp: to += page; break;
    case Qt::Key_Return:
    case Qt::Key_Enter: emit paretoWanted(event->modifiers() & Qt::ShiftModifier ? -1 : 1); return;
    case Qt::Key_Home: to = 0; break;
    case Qt::Key_End: to = headCount(); break;
    case Qt::Key_P: emit pinWanted(); return;
    default: return PlotCanvas::keyPressEvent(event);
  }
  if (m_curve.points.empty()) return;
  choose(to);
  emit keptReleased(m_cursorAt);
}

}  // namespace headroom
