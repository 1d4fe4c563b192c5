// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_canvas.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QStackedLayout>
#include <QVBoxLayout>
#include <algorithm>

#include "widgets/plots/plot_theme.h"

namespace headroom {

PlotCanvas::PlotCanvas(const QString& title, QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(title);
  m_title = new QLabel(title, this);
  m_title->setFont(themeFont(TextRole::Axis));
  m_title->setMinimumHeight(scaledPixels(20));
  m_empty = new QLabel(this);
  m_empty->setFont(themeFont(TextRole::Secondary));
  m_empty->setProperty("textRole", QStringLiteral("secondary"));
  m_empty->setAlignment(Qt::AlignCenter);
  m_empty->setWordWrap(true);
  m_empty->setMargin(10);
  m_plot = new QCustomPlot(this);
  m_plot->setFocusPolicy(Qt::NoFocus);
  m_plot->setAttribute(Qt::WA_NoMousePropagation, false);  // tooltips and context menus are the view's
  m_plot->setAccessibleName(title);
  m_plot->setMouseTracking(true);
  m_plot->setAutoAddPlottableToLegend(false);  // hidden legends are measured all the same
  m_plot->xAxis2->setVisible(false);
  m_plot->yAxis2->setVisible(false);
  m_plot->yAxis2->setTickLabels(true);
  connect(m_plot, &QCustomPlot::afterLayout, this, [this] {
    if (m_coloured) placeNames();
  });
  m_plot->axisRect()->setMinimumMargins(QMargins(0, 9, 10, 0));

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(3, 3, 3, 3);
  column->setSpacing(2);
  m_titleRow = new QHBoxLayout;
  m_titleRow->setContentsMargins(5, 0, 3, 0);
  m_titleRow->addWidget(m_title, 1);
  column->addLayout(m_titleRow);
  m_pages = new QStackedLayout;
  m_pages->addWidget(m_plot);
  m_pages->addWidget(m_empty);
  column->addLayout(m_pages, 1);
}

QSize PlotCanvas::sizeHint() const { return {360, 220}; }
QSize PlotCanvas::minimumSizeHint() const { return {170, 120}; }

void PlotCanvas::addTitleWidget(QWidget* widget) { m_titleRow->addWidget(widget); }

PlotTheme PlotCanvas::plotTheme() const { return m_drawsFigure ? PlotTheme::light() : PlotTheme::current(palette()); }

QSize PlotCanvas::figureSize() const { return isVisible() ? size() : sizeHint(); }

void PlotCanvas::drawFigure(QCPPainter& painter) {
  m_drawsFigure = true;
  recolour();
  prepare();
  const QSize whole = figureSize();
  const int top = m_title->minimumHeight();
  painter.setFont(m_title->font());
  painter.setPen(QPen(plotTheme().text));
  painter.drawText(QRect(4, 0, whole.width() - 4, top), Qt::AlignLeft | Qt::AlignVCenter, m_title->text());
  if (m_pages->currentWidget() == m_plot) {
    painter.translate(0, top);
    m_plot->toPainter(&painter, whole.width(), whole.height() - top);
  } else {
    painter.drawText(QRect(QPoint(0, 0), whole), Qt::AlignCenter | Qt::TextWordWrap, m_empty->text());
  }
  m_drawsFigure = false;
  m_coloured = false;
  scheduleRebuild();
}

void PlotCanvas::setTitle(const QString& title) {
  m_title->setText(title);
  setAccessibleName(title);
  m_plot->setAccessibleName(title);
}

void PlotCanvas::setEmptyText(const QString& sentence) {
  m_empty->setText(sentence);
  m_pages->setCurrentWidget(sentence.isEmpty() ? static_cast<QWidget*>(m_plot) : m_empty);
  if (!sentence.isEmpty()) setAccessibleDescription(sentence);
}

QCPItemText* PlotCanvas::makeText(const QString& text) {
  auto* item = new QCPItemText(m_plot);
  item->setText(text);
  item->setFont(themeFont(TextRole::Axis));
  item->setLayer(QStringLiteral("overlay"));
  item->setClipToAxisRect(false);
  item->setSelectable(false);
  item->setPadding(QMargins(1, 0, 1, 0));
  return item;
}

void PlotCanvas::applyColours() {
  const PlotTheme theme = plotTheme();
  m_plot->setBackground(QBrush(theme.panel));
  for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis, m_plot->yAxis2}) {
    axis->setBasePen(axis == m_plot->xAxis ? QPen(theme.line) : QPen(Qt::NoPen));
    // Not Qt::NoPen: recorded ticks of no length become points, and these ignore it.
    axis->setTickPen(QPen(Qt::transparent));
    axis->setSubTickPen(QPen(Qt::transparent));
    axis->setTickLength(0);
    axis->setTickLabelFont(themeFont(TextRole::Axis));
    axis->setLabelFont(themeFont(TextRole::Axis));
    axis->setTickLabelColor(theme.secondary);
    axis->setLabelColor(theme.secondary);
    axis->setTickLabelPadding(axis == m_plot->xAxis ? 3 : 5);
    axis->setLabelPadding(1);
    axis->grid()->setPen(QPen(theme.grid));
    axis->grid()->setZeroLinePen(Qt::NoPen);
    axis->grid()->setVisible(axis == m_plot->yAxis);
  }
}

void PlotCanvas::scheduleRebuild() {
  if (m_rebuildPending) return;
  m_rebuildPending = true;
  if (isVisible()) QMetaObject::invokeMethod(this, &PlotCanvas::runRebuild, Qt::QueuedConnection);
}

void PlotCanvas::runRebuild() {
  if (!m_rebuildPending || !isVisible()) return;
  m_rebuildPending = false;
  if (!m_coloured) recolour();
  prepare();
  m_plot->replot(QCustomPlot::rpQueuedReplot);
}

void PlotCanvas::prepare() {
  // As many numbers as have room one above the other.
  const int room = m_plot->height() / (3 * QFontMetrics(themeFont(TextRole::Axis)).height());
  m_plot->yAxis->ticker()->setTickCount(std::clamp(room, 1, 5));
  rebuild();
}

void PlotCanvas::recolour() {
  m_coloured = true;
  applyColours();
}

void PlotCanvas::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
  m_coloured = false;
  scheduleRebuild();
}

void PlotCanvas::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  scheduleRebuild();
}

void PlotCanvas::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  m_rebuildPending = true;
  QMetaObject::invokeMethod(this, &PlotCanvas::runRebuild, Qt::QueuedConnection);
}

void PlotCanvas::paintEvent(QPaintEvent*) {
  if (!hasFocus()) return;
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(plotTheme().accent, 2));
  painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
}

void PlotCanvas::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  update();
}

void PlotCanvas::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  update();
}

}  // namespace headroom
