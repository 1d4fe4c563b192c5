// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_map_painter.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "widgets/plots/colour_map.h"
#include "widgets/plots/number_text.h"

namespace headroom {
namespace {

constexpr double kCorner = 15;  // pixels that a mark reaches into a cell

QString text(const char* source) { return QCoreApplication::translate("headroom::HeadMap", source); }

QString layerText(const AttentionBlock& block) { return QString::fromStdString(blockLabel(block.id, true)); }

QString kindText(const BlockId& id) {
  if (id.kind == AttentionKind::Cross) return text("Decoder to encoder (cross)");
  return id.stack == Stack::Encoder ? text("Encoder") : text("Decoder");
}

}  // namespace

struct HeadMapPainter::Cell {
  HeadId id;
  int flat = 0;
  QRectF rect;
  QColor ground;
  QColor ink;
  bool numbered = false;
  bool low = false;  // glyph and number share one line
  bool reopened = false;
};

HeadMapPainter::HeadMapPainter(const HeadMap& map, QPainter& painter, const PlotTheme& theme)
    : m_map(map),
      m_painter(painter),
      m_theme(theme),
      m_geometry(map.geometryOfHeads()),
      m_numberFont(themeFont(TextRole::Secondary)),
      m_axisFont(themeFont(TextRole::Axis)),
      m_secondaryFont(themeFont(TextRole::Axis)),
      m_logAlphaLimit(logAlphaLimit()) {}

HeadMapMetrics HeadMapPainter::metricsFor(const HeadLayout& layout) {
  const QFontMetricsF metrics(themeFont(TextRole::Axis));
  HeadMapMetrics room;
  room.labelWidth = 0;
  for (const AttentionBlock& block : layout.blocks())
    room.labelWidth = std::max(room.labelWidth, metrics.horizontalAdvance(layerText(block)));
  room.labelWidth += 12;
  const bool severalKinds = !layout.onlyOneKind();
  room.marginWidth =
      metrics.horizontalAdvance(text("%1 kept").arg(layout.widestBlock())) + scaledPixels(severalKinds ? 44 : 84);
  room.titleHeight = severalKinds ? metrics.height() + 8 : 0;
  room.axisHeight = 2 * metrics.height() + 8;
  return room;
}

void HeadMapPainter::paint(const QRegion& region) {
  m_painter.setRenderHint(QPainter::Antialiasing);
  paintCells(region);
  paintBrackets(region);
  paintBlocks(region);
  paintTitles(region);
  if (region.intersects(QRectF(0, m_geometry.cells().bottom(), m_map.width(), m_map.height()).toAlignedRect())) {
    paintHeadNumbers();
    paintLegend();
    paintColourScale(m_geometry.colourScale());
  }
}

void HeadMapPainter::paintMarks() {
  if (m_map.m_hovered && m_map.m_hovered != m_map.m_selected) paintFrame(*m_map.m_hovered, m_theme.secondary, 1.5);
  if (m_map.m_selected) paintFrame(*m_map.m_selected, m_theme.cursor, 3);
  if (!m_map.m_frame.isNull()) {
    QColor inside = m_theme.cursor;
    inside.setAlphaF(0.12F);
    m_painter.setBrush(inside);
    m_painter.setPen(QPen(m_theme.cursor, 1, Qt::DashLine));
    m_painter.drawRect(m_map.m_frame);
  }
  if (!m_map.hasFocus()) return;
  m_painter.setBrush(Qt::NoBrush);
  m_painter.setPen(QPen(m_theme.accent, 2));
  m_painter.drawRoundedRect(QRectF(m_map.rect()).adjusted(1.5, 1.5, -1.5, -1.5), 5, 5);
}

void HeadMapPainter::paintCells(const QRegion& region) {
  const QFontMetricsF metrics(m_numberFont);
  const double needed = metrics.horizontalAdvance(m_map.mode() == HeadMap::Mode::LogAlpha ? QStringLiteral("−12.3")
                                                                                          : QStringLiteral("0.00"));
  const HeadLayout& layout = m_map.headLayout();
  for (int flat = 0; flat < layout.headCount(); ++flat) {
    Cell cell;
    cell.id = layout.at(flat);
    cell.flat = flat;
    cell.rect = m_geometry.cell(cell.id);
    if (!region.intersects(cell.rect.toAlignedRect())) continue;
    cell.ground = colourOf(flat);
    cell.ink = textOn(cell.ground);
    // Marks stand in the corners above the number only where they do not reach into it.
    cell.low = cell.rect.height() < metrics.height() + 16 ||
               (cell.rect.width() < needed + 2 * kCorner && cell.rect.height() < metrics.ascent() + 2 * kCorner);
    cell.reopened = m_map.m_reopened.count(flat) > 0;
    cell.numbered = m_map.mode() != HeadMap::Mode::Kept && m_map.value(flat).has_value() &&
                    cell.rect.width() >= needed + 9 && cell.rect.height() >= metrics.ascent() + 3 &&
                    !(cell.low && cell.reopened);
    paintCell(cell);
  }
}

QColor HeadMapPainter::colourOf(int flat) const {
  const std::optional<double> value = m_map.value(flat);
  if (m_map.mode() == HeadMap::Mode::Kept || !value) return m_map.mask().kept(flat) ? m_theme.accent : m_theme.grid;
  if (m_map.mode() == HeadMap::Mode::OpenProbability) return ColourMap::sequential().at(*value);
  return ColourMap::diverging(m_theme.dark).at(0.5 + 0.5 * *value / m_logAlphaLimit);
}

double HeadMapPainter::logAlphaLimit() const {
  // Symmetric about zero, and never so narrow that noise around zero looks like a decision (|log alpha| 2.4 is one).
  double limit = 5;
  for (const float value : m_map.m_logAlpha)
    if (std::isfinite(value)) limit = std::max(limit, static_cast<double>(std::abs(value)));
  return limit;
}

void HeadMapPainter::paintCell(const Cell& cell) {
  const double radius = std::min(3.0, cell.rect.height() / 6);
  m_painter.setPen(Qt::NoPen);
  m_painter.setBrush(cell.ground);
  m_painter.drawRoundedRect(cell.rect, radius, radius);
  const std::optional<double> value = m_map.value(cell.flat);
  if (value && std::isnan(*value)) {
    m_painter.setBrush(QBrush(m_theme.secondary, Qt::BDiagPattern));
    m_painter.drawRoundedRect(cell.rect, radius, radius);
  }
  if (cell.numbered) paintNumber(cell);
  paintGlyph(cell);
  if (cell.reopened) paintReopened(cell);
  if (m_map.m_locked.count(cell.flat) > 0) paintLock(cell);
}

/// A padlock in the lower left corner: a body and its shackle.
void HeadMapPainter::paintLock(const Cell& cell) {
  const double side = std::clamp(std::min(cell.rect.width(), cell.rect.height()) * 0.22, 4.0, 8.0);
  const QRectF body(cell.rect.left() + 4, cell.rect.bottom() - 4 - side * 0.8, side, side * 0.8);
  m_painter.setPen(QPen(cell.ink, 1.2));
  m_painter.setBrush(Qt::NoBrush);
  m_painter.drawArc(QRectF(body.left() + side * 0.2, body.top() - side * 0.5, side * 0.6, side), 0, 180 * 16);
  m_painter.setPen(Qt::NoPen);
  m_painter.setBrush(cell.ink);
  m_painter.drawRect(body);
}

void HeadMapPainter::paintNumber(const Cell& cell) {
  const int decimals = m_map.mode() == HeadMap::Mode::LogAlpha ? 1 : 2;
  m_painter.setFont(m_numberFont);
  m_painter.setPen(cell.ink);
  const QRectF room = cell.low ? cell.rect.adjusted(cell.rect.width() > 46 ? 14 : 7, 0, 0, 0) : cell.rect;
  m_painter.drawText(room, Qt::AlignCenter, fixedText(*m_map.value(cell.flat), decimals));
}

void HeadMapPainter::paintGlyph(const Cell& cell) {
  const double shortSide = std::min(cell.rect.width(), cell.rect.height());
  const bool tight = cell.low && cell.rect.width() <= 46;
  const double radius = std::clamp(shortSide * 0.16, 1.5, !cell.numbered ? 5.5 : tight ? 2.2 : 3.6);
  QPointF centre = cell.rect.center();
  if (cell.numbered && tight) centre = QPointF(cell.rect.left() + 5, cell.rect.center().y());
  if (cell.numbered && !tight)
    centre = QPointF(cell.rect.left() + 10, cell.low ? cell.rect.center().y() : cell.rect.top() + 10);
  if (cell.low && cell.reopened) centre.setX(cell.rect.left() + cell.rect.width() / 4);  // the arrow has the other side
  if (m_map.mask().kept(cell.flat)) {
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(cell.ink);
    m_painter.drawEllipse(centre, radius + 0.4, radius + 0.4);
  } else {
    m_painter.setPen(QPen(cell.ink, 1.2));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawEllipse(centre, radius, radius);
  }
  if (!m_map.clipped(cell.flat) || shortSide < 14) return;
  m_painter.setPen(QPen(cell.ink, 1.6));
  m_painter.drawLine(cell.rect.bottomRight() + QPointF(-10, -4), cell.rect.bottomRight() + QPointF(-4, -4));
}

void HeadMapPainter::paintReopened(const Cell& cell) {
  const double size = std::clamp(std::min(cell.rect.width(), cell.rect.height()) * (cell.low ? 0.5 : 0.3), 4.0, 10.0);
  const double top = cell.low ? cell.rect.center().y() - size / 2 : cell.rect.top() + 5;
  const QRectF arc(cell.rect.right() - size - (cell.low ? 2 : 5), top, size, size);
  paintArrow(arc, cell.ink);
}

void HeadMapPainter::paintArrow(const QRectF& arc, const QColor& ink) {
  const double size = arc.width();
  m_painter.setPen(QPen(ink, 1.4));
  m_painter.setBrush(Qt::NoBrush);
  m_painter.drawArc(arc, -60 * 16, -290 * 16);
  // The head sits where the arc ends and points along it.
  const double angle = (-60.0 - 290.0) * 3.14159265358979 / 180;
  const QPointF tip = arc.center() + QPointF(std::cos(angle), -std::sin(angle)) * (size / 2);
  QPainterPath head(tip + QPointF(-size * 0.34, -size * 0.04));
  head.lineTo(tip + QPointF(size * 0.26, -size * 0.02));
  head.lineTo(tip + QPointF(-size * 0.06, size * 0.34));
  head.closeSubpath();
  m_painter.setPen(Qt::NoPen);
  m_painter.setBrush(ink);
  m_painter.drawPath(head);
}

void HeadMapPainter::paintFrame(HeadId head, const QColor& colour, double width) {
  m_painter.setBrush(Qt::NoBrush);
  const QRectF cell = m_geometry.cell(head);
  // A line of the panel's colour between cell and frame keeps the frame visible on every cell colour.
  m_painter.setPen(QPen(m_theme.panel, width + 1.5));
  m_painter.drawRoundedRect(cell, 3, 3);
  m_painter.setPen(QPen(colour, width));
  m_painter.drawRoundedRect(cell.adjusted(-0.5, -0.5, 0.5, 0.5), 4, 4);
}

void HeadMapPainter::paintBlocks(const QRegion& region) {
  const HeadLayout& layout = m_map.headLayout();
  const QFontMetricsF metrics(m_axisFont);
  const double rowHeight = m_geometry.cell({0, 0}).height();
  const int every = std::max(1, static_cast<int>(std::ceil(metrics.ascent() / std::max(1.0, rowHeight + 2))));
  const double textWidth = metrics.horizontalAdvance(text("%1 kept").arg(layout.widestBlock())) + 10;
  m_painter.setFont(m_axisFont);
  for (int block = 0; block < layout.blockCount(); ++block) {
    const QRectF label = m_geometry.blockLabel(block);
    const QRectF margin = m_geometry.blockMargin(block);
    if (!region.intersects(label.united(margin).toAlignedRect())) continue;
    const int kept = m_map.mask().keptIn(block);
    const double length = (margin.width() - textWidth) * kept / std::max(1, layout.widestBlock());
    const double height = std::min(margin.height(), std::max(3.0, margin.height() * 0.55));
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(m_theme.accent);
    if (kept > 0)
      m_painter.drawRoundedRect(QRectF(margin.left(), margin.center().y() - height / 2, length, height), 2, 2);
    if (block % every != 0) continue;
    m_painter.setPen(m_theme.secondary);
    m_painter.drawText(label.adjusted(0, -4, 0, 4), Qt::AlignRight | Qt::AlignVCenter,
                       layerText(layout.blocks()[static_cast<size_t>(block)]));
    const QString note = kept > 0                    ? text("%1 kept").arg(kept)
                         : layout.headsIn(block) > 0 ? text("empty")
                                                     : text("no heads");
    m_painter.drawText(margin.adjusted(kept > 0 ? length + 6 : 2, -4, 0, 4), Qt::AlignLeft | Qt::AlignVCenter, note);
  }
}

/// A line under the query heads that share a key/value head, turned up at its ends; thin where none of them is kept.
void HeadMapPainter::paintBrackets(const QRegion& region) {
  const HeadLayout& layout = m_map.headLayout();
  if (!layout.grouped()) return;
  m_painter.setBrush(Qt::NoBrush);
  for (int block = 0; block < layout.blockCount(); ++block) {
    const AttentionBlock& shape = layout.blocks()[static_cast<size_t>(block)];
    for (int keyValue = 0; keyValue < shape.kvHeads; ++keyValue) {
      const QRectF place = m_geometry.bracket(block, keyValue);
      if (place.isEmpty() || !region.intersects(place.toAlignedRect())) continue;
      bool read = false;
      for (int head = 0; head < shape.heads; ++head)
        read |= shape.keyValueOf(head) == keyValue && m_map.mask().kept(HeadId{block, head});
      m_painter.setPen(QPen(read ? m_theme.text : m_theme.secondary, read ? 1.8 : 0.8));
      const double bottom = place.top() + place.height() * 0.55;
      m_painter.drawPolyline(QPolygonF{
          {place.left(), place.top()}, {place.left(), bottom}, {place.right(), bottom}, {place.right(), place.top()}});
    }
  }
}

void HeadMapPainter::paintTitles(const QRegion& region) {
  if (m_geometry.panes().size() < 2) return;
  m_painter.setFont(themeFont(TextRole::Axis, true));
  m_painter.setPen(m_theme.secondary);
  for (const HeadMapPane& pane : m_geometry.panes()) {
    const QRectF place = m_geometry.paneTitle(pane);
    const QString title = kindText(m_map.headLayout().blocks()[static_cast<size_t>(pane.firstBlock)].id);
    if (region.intersects(place.toAlignedRect()))
      m_painter.drawText(place.adjusted(m_geometry.blockLabel(pane.firstBlock).width() + 8, 0, 0, 0),
                         Qt::AlignLeft | Qt::AlignVCenter,
                         QFontMetricsF(m_painter.font()).elidedText(title, Qt::ElideRight, place.width()));
  }
}

void HeadMapPainter::paintHeadNumbers() {
  const QFontMetricsF metrics(m_axisFont);
  m_painter.setFont(m_axisFont);
  m_painter.setPen(m_theme.secondary);
  for (const HeadMapPane& pane : m_geometry.panes()) {
    const double needed = metrics.horizontalAdvance(QString::number(pane.columns - 1)) + 4;
    const int every = std::max(1, static_cast<int>(std::ceil(needed / m_geometry.headLabel(pane, 0).width())));
    for (int head = 0; head < pane.columns; head += every)
      m_painter.drawText(m_geometry.headLabel(pane, head).adjusted(-8, 0, 8, 0), Qt::AlignCenter,
                         QString::number(head));
    if (m_geometry.panes().size() == 1) m_painter.drawText(m_geometry.axisTitle(pane), Qt::AlignCenter, text("head"));
  }
}

void HeadMapPainter::paintLegend() {
  const QFontMetricsF metrics(m_axisFont);
  const QRectF title = m_geometry.legend();
  const bool onePane = m_geometry.panes().size() == 1;
  const QString keptText = text("kept");
  const QString closedText = text("closed");
  const double width = metrics.horizontalAdvance(keptText + closedText) + 44;
  const double room = onePane ? title.width() / 2 - metrics.horizontalAdvance(text("head")) : title.width();
  if (width > room) return;
  const double middle = title.center().y();
  double x = title.left() + 5;
  m_painter.setPen(Qt::NoPen);
  m_painter.setBrush(m_theme.secondary);
  m_painter.drawEllipse(QPointF(x, middle), 3.6, 3.6);
  m_painter.setPen(m_theme.secondary);
  m_painter.drawText(QRectF(x + 8, title.top(), room, title.height()), Qt::AlignVCenter, keptText);
  x += metrics.horizontalAdvance(keptText) + 24;
  m_painter.setPen(QPen(m_theme.secondary, 1.2));
  m_painter.setBrush(Qt::NoBrush);
  m_painter.drawEllipse(QPointF(x, middle), 3.4, 3.4);
  m_painter.drawText(QRectF(x + 8, title.top(), room, title.height()), Qt::AlignVCenter, closedText);
  x += metrics.horizontalAdvance(closedText) + 20;
  const QString reopenedText = text("reopened");
  if (m_map.m_reopened.empty() || x + 14 + metrics.horizontalAdvance(reopenedText) > title.left() + room) return;
  paintArrow(QRectF(x, middle - 4, 8, 8), m_theme.secondary);
  m_painter.setPen(m_theme.secondary);
  m_painter.drawText(QRectF(x + 13, title.top(), room, title.height()), Qt::AlignVCenter, reopenedText);
}

void HeadMapPainter::paintColourScale(const QRectF& room) {
  const bool probabilities = m_map.mode() == HeadMap::Mode::OpenProbability;
  const bool values = probabilities ? !m_map.m_pOpen.empty() : !m_map.m_logAlpha.empty();
  if (m_map.mode() == HeadMap::Mode::Kept || !values) return;
  const QRectF bar(room.left(), room.top() + 2, room.width(), room.height() * 0.3);
  QLinearGradient gradient(bar.topLeft(), bar.topRight());
  for (int i = 0; i <= 16; ++i)
    gradient.setColorAt(i / 16.0, probabilities ? ColourMap::sequential().at(i / 16.0)
                                                : ColourMap::diverging(m_theme.dark).at(i / 16.0));
  m_painter.setPen(Qt::NoPen);
  m_painter.setBrush(gradient);
  m_painter.drawRoundedRect(bar, 2, 2);
  m_painter.setFont(m_axisFont);
  m_painter.setPen(m_theme.secondary);
  const QRectF numbers = room.adjusted(0, bar.height() + 4, 0, 2);
  m_painter.drawText(numbers, Qt::AlignLeft | Qt::AlignTop,
                     probabilities ? QStringLiteral("0") : fixedText(-m_logAlphaLimit, 0));
  m_painter.drawText(numbers, Qt::AlignRight | Qt::AlignTop,
                     probabilities ? QStringLiteral("1") : fixedText(m_logAlphaLimit, 0));
  m_painter.drawText(numbers, Qt::AlignHCenter | Qt::AlignTop, probabilities ? text("P(open)") : text("log α"));
}

}  // namespace headroom
