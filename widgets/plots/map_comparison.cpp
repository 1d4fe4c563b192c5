// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/map_comparison.h"

#include <qcustomplot.h>

#include <QAccessible>
#include <QFontMetricsF>
#include <QHelpEvent>
#include <QToolTip>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "widgets/plots/colour_map.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr int kMaps = 3, kDifference = 2;
constexpr std::chrono::milliseconds kTurn{700};  // slow enough for eyes that flicker hurts

double lineHeight() { return QFontMetricsF(themeFont(TextRole::Axis)).height(); }
/// Room above the cells for a map's name.
double nameHeight() { return lineHeight() + 6; }

QString shownRow(const AttentionBlock& block) { return QString::fromStdString(blockLabel(block.id, true)); }

}  // namespace

MapComparison::MapComparison(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(tr("Two maps of survivors and their difference"));
  m_turns.setInterval(kTurn);
  connect(&m_turns, &QTimer::timeout, this, &MapComparison::takeTurns);
}

void MapComparison::setBlinking(bool blinking) {
  if (blinking == this->blinking()) return;
  m_rightsTurn = false;
  blinking ? m_turns.start() : m_turns.stop();
  update();
  emit blinkingChanged(blinking);
}

void MapComparison::takeTurns() {
  m_rightsTurn = !m_rightsTurn;
  update();
}

void MapComparison::setMaps(const HeadLayout& layout, const NamedShares& left, const NamedShares& right) {
  if (!(layout == m_layout)) m_marked.reset();
  m_layout = layout;
  m_left = left;
  m_right = right;
  setAccessibleDescription(
      known() ? tr("left: %1; right: %2. Arrow keys walk over the heads, B lets the two maps take turns in one place.")
                    .arg(left.name, right.name)
              : tr("nothing to compare yet"));
  update();
}

bool MapComparison::known() const {
  const auto heads = static_cast<size_t>(m_layout.headCount());
  return heads > 0 && m_left.shares.size() == heads && m_right.shares.size() == heads;
}

std::optional<double> MapComparison::value(int map, int flat) const {
  if (!known()) return std::nullopt;
  const double left = m_left.shares[static_cast<size_t>(flat)], right = m_right.shares[static_cast<size_t>(flat)];
  return map == 0 ? left : map == 1 ? right : left - right;
}

QString MapComparison::spokenText(HeadId head) const {
  const int flat = m_layout.flat(head);
  return tr("%1, head %2: %3 left, %4 right, difference %5")
      .arg(blockText(m_layout, head.block))
      .arg(head.head)
      .arg(fixedText(value(0, flat).value_or(0), 2), fixedText(value(1, flat).value_or(0), 2),
           signedText(value(kDifference, flat).value_or(0), 2));
}

QSize MapComparison::sizeHint() const { return {660, 260}; }
QSize MapComparison::minimumSizeHint() const { return {scaledPixels(330), scaledPixels(130)}; }
QSize MapComparison::figureSize() const { return isVisible() ? size() : sizeHint(); }

/// Of one of `across` maps, at the widget's left edge and below its name.
HeadMapGeometry MapComparison::geometry(QSize size, int across) const {
  const QFontMetricsF metrics(themeFont(TextRole::Axis));
  HeadMapMetrics room;
  room.labelWidth = 0;
  for (const AttentionBlock& block : m_layout.blocks())
    room.labelWidth = std::max(room.labelWidth, metrics.horizontalAdvance(shownRow(block)) + 10);
  room.marginWidth = 4;
  room.axisHeight = 2 * lineHeight() + 16;
  room.titleHeight = m_layout.onlyOneKind() ? 0 : lineHeight() + 2;
  room.padding = 4;
  return HeadMapGeometry(m_layout, QSizeF(size.width() / double(across), size.height() - nameHeight()), room);
}

QRectF MapComparison::cellOf(int map, HeadId head) const {
  const int across = mapsAcross(), place = blinking() ? 0 : map;
  return geometry(size(), across).cell(head).translated(place * width() / double(across), nameHeight());
}

std::optional<HeadId> MapComparison::headAt(QPointF point) const {
  if (!known()) return std::nullopt;
  const int across = mapsAcross();
  const double each = width() / double(across);
  const int map = std::clamp(static_cast<int>(point.x() / each), 0, across - 1);
  return geometry(size(), across).headAt(point - QPointF(map * each, nameHeight()));
}

void MapComparison::mark(std::optional<HeadId> head) {
  if (head == m_marked) return;
  m_marked = head;
  update();
  if (!head || !hasFocus()) return;
  setAccessibleDescription(spokenText(*head));
  QAccessibleEvent told(this, QAccessible::DescriptionChanged);
  QAccessible::updateAccessibility(&told);
}

void MapComparison::drawFigure(QCPPainter& painter) { paintMaps(painter, figureSize(), true, PlotTheme::light()); }

void MapComparison::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const PlotTheme theme = PlotTheme::current(palette());
  painter.fillRect(rect(), theme.panel);
  paintMaps(painter, size(), !blinking(), theme);
  if (!hasFocus()) return;
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme.accent, 2));
  painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
}

QString MapComparison::nameOf(int map) const {
  if (map == kDifference) return tr("difference, left less right");
  const QString name = map == 0 ? m_left.name : m_right.name;
  return !blinking() ? name : map == 0 ? tr("left: %1").arg(name) : tr("right: %1").arg(name);
}

void MapComparison::paintMaps(QPainter& painter, QSize size, bool all, const PlotTheme& theme) const {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(themeFont(TextRole::Axis));
  if (!known()) {
    painter.setPen(theme.secondary);
    painter.drawText(QRect(QPoint(0, 0), size).adjusted(20, 0, -20, 0), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("Which heads survive appears here once cells are done."));
    return;
  }
  const int across = all ? kMaps : 1, first = all ? 0 : m_rightsTurn ? 1 : 0;
  const double each = size.width() / double(across);
  const HeadMapGeometry place = geometry(size, across);
  const QFontMetricsF metrics(painter.font());
  for (int map = first; map < first + across; ++map) {
    painter.save();
    painter.translate((map - first) * each, 0);
    const double left = place.cells().left();
    painter.setPen(theme.text);
    painter.drawText(QRectF(left, 2, each - left - 4, nameHeight()), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(nameOf(map), Qt::ElideRight, each - left - 4));
    painter.translate(0, nameHeight());
    paintMap(painter, map, place, theme);
    paintAxes(painter, place, theme);
    paintScale(painter, map, place, theme);
    painter.restore();
  }
}

void MapComparison::paintMap(QPainter& painter, int map, const HeadMapGeometry& geometry,
                             const PlotTheme& theme) const {
  const QFontMetricsF metrics(painter.font());
  const double needed =
      metrics.horizontalAdvance(map == kDifference ? QStringLiteral("−0.00") : QStringLiteral("0.00")) + 4;
  for (int flat = 0; flat < m_layout.headCount(); ++flat) {
    const HeadId id = m_layout.at(flat);
    const QRectF cell = geometry.cell(id);
    const double shown = *value(map, flat);
    const QColor ground =
        map == kDifference ? ColourMap::diverging(theme.dark).at(0.5 + 0.5 * shown) : ColourMap::sequential().at(shown);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    const double radius = std::min(3.0, cell.height() / 6);
    painter.drawRoundedRect(cell, radius, radius);
    if (cell.width() >= needed && cell.height() >= metrics.ascent() + 2) {
      painter.setPen(textOn(ground));
      painter.drawText(cell, Qt::AlignCenter,
                       map == kDifference ? (shown == 0 ? QStringLiteral("0") : signedText(shown, 2))
                                          : shortText(std::round(100 * shown) / 100));
    }
    if (id != m_marked) continue;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.panel, 4));
    painter.drawRoundedRect(cell, 3, 3);
    painter.setPen(QPen(theme.cursor, 2));
    painter.drawRoundedRect(cell, 3, 3);
  }
}

void MapComparison::paintAxes(QPainter& painter, const HeadMapGeometry& geometry, const PlotTheme& theme) const {
  const QFontMetricsF metrics(painter.font());
  painter.setPen(theme.secondary);
  const double rowHeight = geometry.cell({0, 0}).height() + 2;
  const int everyRow = std::max(1, static_cast<int>(std::ceil(metrics.ascent() / std::max(1.0, rowHeight))));
  for (int block = 0; block < m_layout.blockCount(); ++block)
    if (block % everyRow == 0)
      painter.drawText(geometry.blockLabel(block).adjusted(0, -4, 0, 4), Qt::AlignRight | Qt::AlignVCenter,
                       shownRow(m_layout.blocks()[static_cast<size_t>(block)]));
  for (const HeadMapPane& pane : geometry.panes()) {
    const double needed = metrics.horizontalAdvance(QString::number(pane.columns - 1)) + 5;
    const int every =
        std::max(1, static_cast<int>(std::ceil(needed / std::max(1.0, geometry.headLabel(pane, 0).width()))));
    for (int head = 0; head < pane.columns; head += every)
      painter.drawText(QRectF(geometry.headLabel(pane, head).left() - 8, pane.cells.bottom() + 2,
                              geometry.headLabel(pane, head).width() + 16, lineHeight()),
                       Qt::AlignCenter, QString::number(head));
    if (geometry.panes().size() < 2) continue;
    const QString kind =
        QString::fromStdString(blockGroupName(m_layout.blocks()[static_cast<size_t>(pane.firstBlock)].id));
    painter.drawText(QRectF(pane.cells.left(), pane.cells.top() - lineHeight() - 2, pane.cells.width(), lineHeight()),
                     Qt::AlignLeft | Qt::AlignVCenter, metrics.elidedText(kind, Qt::ElideRight, pane.cells.width()));
  }
}

void MapComparison::paintScale(QPainter& painter, int map, const HeadMapGeometry& geometry,
                               const PlotTheme& theme) const {
  const QRectF cells = geometry.cells();
  const double top = cells.bottom() + lineHeight() + 5;
  const QRectF bar(cells.left(), top, std::min(cells.width(), 150.0), 6);
  QLinearGradient gradient(bar.topLeft(), bar.topRight());
  for (int i = 0; i <= 16; ++i)
    gradient.setColorAt(i / 16.0, map == kDifference ? ColourMap::diverging(theme.dark).at(i / 16.0)
                                                     : ColourMap::sequential().at(i / 16.0));
  painter.setPen(Qt::NoPen);
  painter.setBrush(gradient);
  painter.drawRoundedRect(bar, 2, 2);
  painter.setPen(theme.secondary);
  const QRectF numbers(bar.left(), bar.bottom() + 1, bar.width(), lineHeight());
  painter.drawText(numbers, Qt::AlignLeft | Qt::AlignTop,
                   map == kDifference ? QStringLiteral("−1") : QStringLiteral("0"));
  painter.drawText(numbers, Qt::AlignRight | Qt::AlignTop,
                   map == kDifference ? QStringLiteral("+1") : QStringLiteral("1"));
  if (map == kDifference) painter.drawText(numbers, Qt::AlignHCenter | Qt::AlignTop, QStringLiteral("0"));
  const QFontMetricsF metrics(painter.font());
  if (map != kDifference && metrics.horizontalAdvance(tr("survives")) + 24 < bar.width())
    painter.drawText(numbers, Qt::AlignHCenter | Qt::AlignTop, tr("survives"));
}

bool MapComparison::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const std::optional<HeadId> head = headAt(help->pos());
  head ? QToolTip::showText(help->globalPos(), spokenText(*head), this) : QToolTip::hideText();
  return true;
}

void MapComparison::mouseMoveEvent(QMouseEvent* event) { mark(headAt(event->position())); }
void MapComparison::leaveEvent(QEvent*) { mark(std::nullopt); }

void MapComparison::keyPressEvent(QKeyEvent* event) {
  const int key = event->key();
  if (known() && key == Qt::Key_B && !event->isAutoRepeat()) return setBlinking(!blinking());
  const bool arrow = key == Qt::Key_Left || key == Qt::Key_Right || key == Qt::Key_Up || key == Qt::Key_Down;
  if (!known() || !arrow) return QWidget::keyPressEvent(event);
  const HeadMapGeometry place = geometry(size(), mapsAcross());
  if (!m_marked) return mark(place.firstHead());
  mark(place.moved(*m_marked,
                   key == Qt::Key_Up     ? 1
                   : key == Qt::Key_Down ? -1
                                         : 0,
                   key == Qt::Key_Right  ? 1
                   : key == Qt::Key_Left ? -1
                                         : 0));
}

void MapComparison::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void MapComparison::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

void MapComparison::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
}

void MapComparison::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  setBlinking(false);
}

}  // namespace headroom
