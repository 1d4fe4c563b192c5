// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/head_map.h"

#include <qcustomplot.h>

#include <QAccessible>
#include <QApplication>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <cmath>
#include <utility>

#include "widgets/plots/head_map_accessible.h"
#include "widgets/plots/head_map_painter.h"
#include "widgets/plots/number_text.h"

namespace headroom {

HeadMap::HeadMap(QWidget* parent) : QWidget(parent) {
  installHeadMapAccessibility();
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  setAccessibleName(tr("Head map"));
  setAccessibleDescription(tr(
      "Layers by heads. Arrow keys move, Space switches a head on or off, G all heads that share its key/value head."));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void HeadMap::setHeadLayout(const HeadLayout& layout) {
  if (layout == m_layout) return;
  m_layout = layout;
  m_mask = HeadMask(layout);
  m_pOpen.clear();
  m_logAlpha.clear();
  m_reopened.clear();
  m_selected.reset();
  m_hovered.reset();
  m_pressed.reset();
  if (QAccessible::isActive()) {
    QAccessibleTableModelChangeEvent changed(this, QAccessibleTableModelChangeEvent::ModelReset);
    QAccessible::updateAccessibility(&changed);
  }
  updateGeometry();
  update();
}

void HeadMap::setMask(const HeadMask& mask) {
  if (!(mask.layout() == m_layout)) return;
  m_mask = mask;
  update();
}

void HeadMap::setValues(std::vector<float> pOpen, std::vector<float> logAlpha) {
  const auto heads = static_cast<size_t>(m_layout.headCount());
  m_pOpen = pOpen.size() == heads ? std::move(pOpen) : std::vector<float>();
  m_logAlpha = logAlpha.size() == heads ? std::move(logAlpha) : std::vector<float>();
  update();
}

void HeadMap::setMode(Mode mode) {
  m_mode = mode;
  update();
}

void HeadMap::setSelected(std::optional<HeadId> head) {
  if (head && !m_layout.contains(*head)) head.reset();
  if (head == m_selected) return;
  m_selected = head;
  update();
}

void HeadMap::setReopened(std::set<int> heads) {
  m_reopened = std::move(heads);
  update();
}

void HeadMap::setLocked(std::set<int> heads) {
  m_locked = std::move(heads);
  update();
}

void HeadMap::setClipAt(double clipAt) {
  m_clipAt = clipAt;
  update();
}

HeadMapGeometry HeadMap::geometryOfHeads() const {
  return HeadMapGeometry(m_layout, size(), HeadMapPainter::metricsFor(m_layout));
}

std::optional<double> HeadMap::value(int flat) const {
  const std::vector<float>& values = m_mode == Mode::LogAlpha ? m_logAlpha : m_pOpen;
  if (values.empty()) return std::nullopt;
  return values[static_cast<size_t>(flat)];
}

bool HeadMap::clipped(int flat) const {
  constexpr double kStillThere = 0.02;  // the next optimiser step carries a head away from the bound
  return m_clipAt > 0 && !m_logAlpha.empty() &&
         std::abs(std::abs(static_cast<double>(m_logAlpha[static_cast<size_t>(flat)])) - m_clipAt) < kStillThere;
}

QStringList HeadMap::states(HeadId head) const {
  const int flat = m_layout.flat(head);
  QStringList states{m_mask.kept(flat) ? tr("kept") : tr("closed")};
  if (m_reopened.count(flat) > 0) states << tr("reopened");
  if (clipped(flat)) states << tr("clipped");
  if (m_locked.count(flat) > 0) states << tr("locked");
  return states;
}

QString HeadMap::spokenText(HeadId head) const {
  const int flat = m_layout.flat(head);
  QStringList parts{blockText(m_layout, head.block), tr("head %1").arg(head.head)};
  if (!m_pOpen.empty()) parts << tr("P(open) %1").arg(fixedText(m_pOpen[static_cast<size_t>(flat)], 2));
  if (!m_logAlpha.empty()) parts << tr("log alpha %1").arg(fixedText(m_logAlpha[static_cast<size_t>(flat)], 1));
  parts << states(head);
  const AttentionBlock& block = m_layout.blocks()[static_cast<size_t>(head.block)];
  if (block.grouped()) parts << tr("key/value head %1").arg(block.keyValueOf(head.head));
  return parts.join(QStringLiteral(", "));
}

QString HeadMap::tooltipText(HeadId head) const {
  const int flat = m_layout.flat(head);
  QStringList parts{blockText(m_layout, head.block) + QLatin1Char(' ') + tr("head %1").arg(head.head)};
  if (!m_pOpen.empty()) parts << tr("P(open) %1").arg(fixedText(m_pOpen[static_cast<size_t>(flat)], 2));
  if (!m_logAlpha.empty()) parts << tr("log α %1").arg(fixedText(m_logAlpha[static_cast<size_t>(flat)], 1));
  parts << states(head);
  return parts.join(QStringLiteral(" · "));
}

QString HeadMap::groupText(HeadId head) const {
  const AttentionBlock& block = m_layout.blocks()[static_cast<size_t>(head.block)];
  const int keyValue = block.keyValueOf(head.head);
  QStringList readers;
  for (int other = 0; other < block.heads; ++other)
    if (block.keyValueOf(other) == keyValue) readers << QString::number(other);
  return tr("%1: query heads %2 read key/value head %3. Click to switch all of them.")
      .arg(blockText(m_layout, head.block), readers.join(QStringLiteral(", ")))
      .arg(keyValue);
}

QSize HeadMap::sizeHint() const { return {760, 420}; }
QSize HeadMap::minimumSizeHint() const { return {300, 170}; }

bool HeadMap::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const HeadMapGeometry geometry = geometryOfHeads();
  const std::optional<HeadId> head = geometry.headAt(help->pos());
  if (head)
    QToolTip::showText(help->globalPos(), tooltipText(*head), this, geometry.cell(*head).toAlignedRect());
  else if (const std::optional<HeadId> group = geometry.groupAt(help->pos()))
    QToolTip::showText(help->globalPos(), groupText(*group), this);
  else
    QToolTip::hideText();
  return true;
}

void HeadMap::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  if (m_layout.headCount() > 0) {
    HeadMapPainter map(*this, painter, PlotTheme::current(palette()));
    map.paint(event->region());
    map.paintMarks();
    return;
  }
  painter.setPen(PlotTheme::current(palette()).secondary);
  painter.setFont(themeFont(TextRole::Secondary));
  painter.drawText(rect().adjusted(16, 16, -16, -16), Qt::AlignCenter | Qt::TextWordWrap,
                   tr("The model's attention heads appear here. Open a model, or drop its folder on the window."));
}

void HeadMap::drawFigure(QCPPainter& painter) { HeadMapPainter(*this, painter, PlotTheme::light()).paint(rect()); }

void HeadMap::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const HeadMapGeometry geometry = geometryOfHeads();
  m_pressed = geometry.headAt(event->position());
  m_pressedGroup = geometry.groupAt(event->position());
  m_pressedAt = event->position();
}

void HeadMap::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const HeadMapGeometry geometry = geometryOfHeads();
  const std::optional<HeadId> group = std::exchange(m_pressedGroup, std::nullopt),
                              pressed = std::exchange(m_pressed, std::nullopt);
  const std::optional<QPointF> from = std::exchange(m_pressedAt, std::nullopt);
  const QRectF frame = std::exchange(m_frame, QRectF());
  if (!frame.isNull()) {
    update();
    if (const std::vector<HeadId> heads = headsIn(frame); !heads.empty()) emit headsClicked(heads);
    return;
  }
  if (group && geometry.groupAt(event->position()) == group) {
    select(*group);
    emit groupClicked(*group);
    return;
  }
  const std::optional<HeadId> released = geometry.headAt(event->position());
  if (released && released == pressed) {
    select(*released);
    emit headClicked(*released);
  } else if (from && !pressed && !released && lineAt(*from) == lineAt(event->position())) {
    if (const std::vector<HeadId> heads = lineAt(event->position()); !heads.empty()) emit headsClicked(heads);
  }
}

void HeadMap::mouseMoveEvent(QMouseEvent* event) {
  const HeadMapGeometry geometry = geometryOfHeads();
  const bool inside = m_pressedAt && geometry.cells().adjusted(-6, -6, 6, 6).contains(*m_pressedAt);
  if (inside && (event->position() - *m_pressedAt).manhattanLength() > QApplication::startDragDistance() &&
      geometry.headAt(event->position()) != m_pressed)
    m_frame = QRectF(*m_pressedAt, event->position()).normalized();
  if (!m_frame.isNull()) {
    m_frame = QRectF(*m_pressedAt, event->position()).normalized();
    return update();
  }
  const std::optional<HeadId> head = geometry.headAt(event->position());
  const bool clickable = head || geometry.groupAt(event->position()) || !lineAt(event->position()).empty();
  const Qt::CursorShape shape = clickable ? Qt::PointingHandCursor : Qt::ArrowCursor;
  if (cursor().shape() != shape) setCursor(shape);
  if (head == m_hovered) return;
  for (const std::optional<HeadId>& changed : {m_hovered, head})
    if (changed) update(geometry.cell(*changed).adjusted(-4, -4, 4, 4).toAlignedRect());
  m_hovered = head;
}

std::vector<HeadId> HeadMap::rowOf(int block) const {
  std::vector<HeadId> heads;
  for (int head = 0; head < m_layout.headsIn(block); ++head) heads.push_back({block, head});
  return heads;
}

std::vector<HeadId> HeadMap::columnOf(HeadId head) const {
  std::vector<HeadId> heads;
  const HeadMapGeometry geometry = geometryOfHeads();
  for (const HeadMapPane& pane : geometry.panes()) {
    if (head.block < pane.firstBlock || head.block >= pane.firstBlock + pane.blocks) continue;
    for (int block = pane.firstBlock; block < pane.firstBlock + pane.blocks; ++block)
      if (head.head < m_layout.headsIn(block)) heads.push_back({block, head.head});
  }
  return heads;
}

std::vector<HeadId> HeadMap::lineAt(QPointF point) const {
  const HeadMapGeometry geometry = geometryOfHeads();
  for (int block = 0; block < m_layout.blockCount(); ++block)
    if (geometry.blockLabel(block).contains(point)) return rowOf(block);
  for (const HeadMapPane& pane : geometry.panes())
    for (int head = 0; head < pane.columns; ++head)
      if (geometry.headLabel(pane, head).contains(point)) return columnOf({pane.firstBlock, head});
  return {};
}

std::vector<HeadId> HeadMap::headsIn(const QRectF& frame) const {
  const HeadMapGeometry geometry = geometryOfHeads();
  std::vector<HeadId> heads;
  for (int flat = 0; flat < m_layout.headCount(); ++flat)
    if (geometry.cell(m_layout.at(flat)).intersects(frame)) heads.push_back(m_layout.at(flat));
  return heads;
}

void HeadMap::leaveEvent(QEvent* event) {
  QWidget::leaveEvent(event);
  if (m_hovered) update(geometryOfHeads().cell(*m_hovered).adjusted(-4, -4, 4, 4).toAlignedRect());
  m_hovered.reset();
}

void HeadMap::keyPressEvent(QKeyEvent* event) {
  const HeadMapGeometry geometry = geometryOfHeads();
  const std::optional<HeadId> first = geometry.firstHead();
  if (!first) return QWidget::keyPressEvent(event);
  if (!m_selected) {
    select(*first);
    return;
  }
  const bool whole = event->modifiers().testFlag(Qt::ControlModifier);
  switch (event->key()) {
    case Qt::Key_Left: return select(geometry.moved(*m_selected, 0, -1));
    case Qt::Key_Right: return select(geometry.moved(*m_selected, 0, 1));
    case Qt::Key_Up: return select(geometry.moved(*m_selected, 1, 0));
    case Qt::Key_Down: return select(geometry.moved(*m_selected, -1, 0));
    case Qt::Key_Home: return select(whole ? *first : geometry.rowStart(*m_selected));
    case Qt::Key_End: return select(whole ? *geometry.lastHead() : geometry.rowEnd(*m_selected));
    case Qt::Key_G:
      if (!event->isAutoRepeat() && m_layout.grouped()) emit groupClicked(*m_selected);
      return announce(*m_selected);
    case Qt::Key_R:
      if (!event->isAutoRepeat()) emit headsClicked(rowOf(m_selected->block));
      return announce(*m_selected);
    case Qt::Key_C:
      if (!event->isAutoRepeat()) emit headsClicked(columnOf(*m_selected));
      return announce(*m_selected);
    case Qt::Key_E:
      if (!event->isAutoRepeat()) emit effectWanted(*m_selected);
      return announce(*m_selected);
    case Qt::Key_L:
      if (!event->isAutoRepeat()) emit lockClicked(*m_selected);
      return announce(*m_selected);
    case Qt::Key_Space:
      if (!event->isAutoRepeat()) emit headClicked(*m_selected);
      // The document has answered by now, so the state that is spoken is the new one.
      return announce(*m_selected);
    default: QWidget::keyPressEvent(event);
  }
}

void HeadMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  const std::optional<HeadId> first = geometryOfHeads().firstHead();
  if (event->reason() != Qt::MouseFocusReason && !m_selected && first) select(*first);
  if (m_selected) announce(*m_selected);
}

void HeadMap::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
}

void HeadMap::select(HeadId head) {
  const bool moved = m_selected != head;
  m_selected = head;
  update();
  announce(head);
  if (moved) emit headSelected(head);
}

void HeadMap::announce(HeadId head) {
  setAccessibleDescription(spokenText(head));
  if (!QAccessible::isActive()) return;
  QAccessibleEvent focus(this, QAccessible::Focus);
  focus.setChild(m_layout.flat(head));
  QAccessible::updateAccessibility(&focus);
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
  QAccessibleAnnouncementEvent spoken(this, spokenText(head));
  QAccessible::updateAccessibility(&spoken);
#endif
}

}  // namespace headroom
