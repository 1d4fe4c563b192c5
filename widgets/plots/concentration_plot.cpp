// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/concentration_plot.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QFontMetricsF>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

/// Where the rows are.
struct ConcentrationPlot::Rows {
  QRectF bars;  ///< all rows; full width = the widest block
  double height = 0;
  double labelWidth = 0;
  int widest = 1;
  int blocks = 0;

  [[nodiscard]] QRectF row(int block) const {
    return {bars.left(), bars.top() + (blocks - 1 - block) * height, bars.width(), height};
  }
};

ConcentrationPlot::ConcentrationPlot(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Kept heads per layer"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ConcentrationPlot::setMask(const HeadMask& mask) {
  if (mask == m_mask) return;
  m_mask = mask;
  setAccessibleDescription(summary());
  update();
  emit summaryChanged(summary());
}

double ConcentrationPlot::expectedIn(const HeadMask& mask, int block) {
  if (mask.headCount() == 0) return 0;
  return static_cast<double>(mask.keptCount()) * mask.layout().headsIn(block) / mask.headCount();
}

QString ConcentrationPlot::summary() const {
  if (m_mask.headCount() == 0) return {};
  const int blocks = m_mask.layout().blockCount();
  const QString live = m_mask.layout().onlyOneKind() ? tr("%1 of %2 layers") : tr("%1 of %2 attention blocks");
  return live.arg(m_mask.liveBlocks()).arg(blocks) + QStringLiteral(" · ") +
         tr("Gini %1").arg(fixedText(giniOfBlocks(m_mask), 2));
}

QSize ConcentrationPlot::sizeHint() const { return {360, 210}; }
QSize ConcentrationPlot::minimumSizeHint() const { return {170, 110}; }

ConcentrationPlot::Rows ConcentrationPlot::rows() const {
  const QFontMetricsF metrics(themeFont(TextRole::Axis));
  Rows rows;
  rows.blocks = m_mask.layout().blockCount();
  rows.widest = std::max(1, m_mask.layout().widestBlock());
  for (int block = 0; block < rows.blocks; ++block)
    rows.labelWidth = std::max(rows.labelWidth, metrics.horizontalAdvance(blockText(m_mask.layout(), block)));
  const double left = rows.labelWidth + 20;
  const double right = metrics.horizontalAdvance(tr("none")) + 14;
  const double caption = metrics.height() + 8;
  rows.bars = QRectF(left, 8, std::max(20.0, width() - left - right - 8), std::max(10.0, height() - 8 - caption));
  rows.height = std::min(rows.bars.height() / std::max(1, rows.blocks), scaledPixels(44) * 1.0);
  return rows;
}

void ConcentrationPlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  paint(painter, PlotTheme::current(palette()));
}

void ConcentrationPlot::drawFigure(QCPPainter& painter) { paint(painter, PlotTheme::light()); }

void ConcentrationPlot::paint(QPainter& painter, const PlotTheme& theme) const {
  painter.setPen(theme.secondary);
  if (m_mask.headCount() == 0) {
    painter.setFont(themeFont(TextRole::Secondary));
    painter.drawText(rect().adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap,
                     tr("How many heads every layer keeps appears here. Open a model."));
    return;
  }
  painter.setFont(themeFont(TextRole::Axis));
  const Rows all = rows();
  for (int block = 0; block < all.blocks; ++block) paintRow(painter, theme, all, block);
  painter.setPen(theme.secondary);
  paintCaption(painter, all);
}

void ConcentrationPlot::paintCaption(QPainter& painter, const Rows& rows) const {
  const QString count = countText(m_mask.keptCount());
  const double most = width() - 16;
  const QFontMetricsF metrics(painter.font());
  QString caption;
  for (const QString& text :
       {tr("heads kept; dashed: random choice of %1"), tr("kept; dashed: random %1"), tr("kept")}) {
    caption = text.contains(QLatin1String("%1")) ? text.arg(count) : text;
    if (metrics.horizontalAdvance(caption) <= most) break;
  }
  // Under the bars where there is room, else as far to the left as its end needs.
  const double left = std::min(rows.bars.left(), width() - 8 - std::ceil(metrics.horizontalAdvance(caption)));
  const double top = rows.row(0).bottom() + 2;
  painter.drawText(QRectF(left, top, width() - left, height() - top), Qt::AlignLeft | Qt::AlignTop, caption);
}

void ConcentrationPlot::paintRow(QPainter& painter, const PlotTheme& theme, const Rows& rows, int block) const {
  const QRectF row = rows.row(block);
  const double perHead = row.width() / rows.widest;
  const double inset = std::clamp(row.height() * 0.1, 0.5, 3.0);
  const QRectF bar = row.adjusted(0, inset, 0, -inset);
  const int kept = m_mask.keptIn(block);
  const double expected = expectedIn(m_mask, block);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme.accent);
  if (kept > 0) painter.drawRoundedRect(QRectF(bar.topLeft(), QSizeF(kept * perHead, bar.height())), 2, 2);
  painter.setBrush(Qt::NoBrush);
  if (expected > 0 && bar.height() >= 3) {
    painter.setPen(QPen(theme.secondary, 1, Qt::DashLine));
    const QRectF outline(bar.topLeft(), QSizeF(expected * perHead, bar.height()));
    painter.drawRect(outline.adjusted(0.5, 0.5, -0.5, -0.5));
    if (kept > expected) {
      // The outline's end would vanish on the bar's own colour.
      painter.setPen(QPen(theme.onAccent, 1, Qt::DashLine));
      painter.drawLine(outline.topRight() + QPointF(-0.5, 1), outline.bottomRight() + QPointF(-0.5, -1));
    }
  }
  const QFontMetricsF metrics(painter.font());
  const int every = std::max(1, static_cast<int>(std::ceil(metrics.ascent() / (row.height() + 1))));
  if (block % every != 0) return;
  painter.setPen(theme.secondary);
  painter.drawText(QRectF(4, row.top() - 4, rows.labelWidth + 8, row.height() + 8), Qt::AlignRight | Qt::AlignVCenter,
                   blockText(m_mask.layout(), block));
  const double end = std::max(kept, 0) * perHead;
  const double from =
      kept == 0 ? std::max(end, expected * perHead) : std::max(end, expected > kept ? expected * perHead : 0);
  painter.drawText(QRectF(row.left() + from + 8, row.top() - 4, 80, row.height() + 8), Qt::AlignLeft | Qt::AlignVCenter,
                   kept == 0 ? tr("none") : countText(kept));
}

bool ConcentrationPlot::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip || m_mask.headCount() == 0) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const Rows all = rows();
  for (int block = 0; block < all.blocks; ++block) {
    const QRectF row = all.row(block);
    if (help->pos().y() < row.top() || help->pos().y() >= row.bottom()) continue;
    QToolTip::showText(help->globalPos(),
                       tr("%1: %2 of %3 heads kept, a random choice keeps %4")
                           .arg(blockText(m_mask.layout(), block))
                           .arg(m_mask.keptIn(block))
                           .arg(m_mask.layout().headsIn(block))
                           .arg(fixedText(expectedIn(m_mask, block), 1)),
                       this);
    return true;
  }
  QToolTip::showText(help->globalPos(),
                     tr("Gini: 0 = every layer keeps the same number of heads, towards 1 = all in one layer"), this);
  return true;
}

void ConcentrationPlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
}

}  // namespace headroom
