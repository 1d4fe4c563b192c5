// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/slice_plot.h"

#include <qcustomplot.h>

#include <QEvent>
#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

SlicePlot::SlicePlot(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("Accuracy by class and by length"));
  setToolTip(tr("The share of examples that is right, with its 95 % interval. Ring: every head. Dot: this mask."));
}

void SlicePlot::setComparison(const std::optional<MaskComparison>& comparison, double wholeLoss) {
  m_comparison = comparison;
  m_wholeLoss = wholeLoss;
  QStringList parts;
  for (const SliceScore& slice : slices())
    parts << tr("%1: %2, with every head %3")
                 .arg(QString::fromStdString(slice.name), percentText(slice.masked.value),
                      percentText(slice.full.value));
  setAccessibleDescription(parts.join(QStringLiteral("; ")));
  update();
}

void SlicePlot::setHasData(bool hasData) {
  m_hasData = hasData;
  update();
}

QString SlicePlot::warning() const {
  if (!m_comparison) return {};
  QStringList names;
  for (const std::string& name : collapsedClasses(*m_comparison, m_wholeLoss)) names << QString::fromStdString(name);
  return names.isEmpty() ? QString() : tr("This mask gives up on: %1").arg(names.join(QStringLiteral(", ")));
}

std::vector<SliceScore> SlicePlot::slices() const {
  if (!m_comparison) return {};
  std::vector<SliceScore> all = m_comparison->classes;
  all.insert(all.end(), m_comparison->lengths.begin(), m_comparison->lengths.end());
  return all;
}

void SlicePlot::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  paint(painter, PlotTheme::current(palette()));
}

void SlicePlot::drawFigure(QCPPainter& painter) { paint(painter, PlotTheme::light()); }

void SlicePlot::paint(QPainter& painter, const PlotTheme& theme) const {
  const std::vector<SliceScore> all = slices();
  if (all.empty()) {
    painter.setPen(theme.secondary);
    painter.setFont(themeFont(TextRole::Secondary));
    const QString why = m_comparison ? tr("These data have neither classes nor texts of different length.")
                        : m_hasData  ? tr("comparing \u2026")
                                     : tr("How each class, and short and long examples, fare under the mask appears "
                                           "here. Open dev data (Data\u2026).");
    painter.drawText(rect().adjusted(12, 8, -12, -8), Qt::AlignCenter | Qt::TextWordWrap, why);
    return;
  }
  painter.setFont(themeFont(TextRole::Axis));
  const QFontMetricsF metrics(painter.font());
  double top = 6;
  if (!warning().isEmpty()) {
    painter.setPen(theme.cursor);
    painter.drawText(QRectF(10, top, width() - 20, metrics.height()), Qt::AlignLeft,
                     metrics.elidedText(QStringLiteral("\u26a0 ") + warning(), Qt::ElideRight, width() - 20));
    top += metrics.height() + 4;
  }
  double names = 0;
  for (const SliceScore& slice : all)
    names = std::max(names, metrics.horizontalAdvance(QString::fromStdString(slice.name)));
  names = std::min(names, width() * 0.35);
  const double numbers = metrics.horizontalAdvance(QStringLiteral("100.0 % \u2192 100.0 %"));
  const double caption = metrics.height() + 6;
  const QRectF bars(names + 22, top, std::max(40.0, width() - names - numbers - 46),
                    std::max(10.0, height() - top - caption));
  const double step = std::min(bars.height() / static_cast<double>(all.size()), scaledPixels(26) * 1.0);
  const int fitting =
      std::max(1, static_cast<int>(bars.height() / std::max(1.0, std::max(step, metrics.height() * 0.95))));
  const int shown = std::min(static_cast<int>(all.size()), fitting);
  for (int i = 0; i < shown; ++i)
    paintRow(
        painter, theme, all[static_cast<size_t>(i)],
        {0, top + i * std::max(step, metrics.height() * 0.95), width() * 1.0, std::max(step, metrics.height() * 0.95)},
        bars);
  painter.setPen(theme.secondary);
  const QString left = shown < static_cast<int>(all.size())
                           ? tr(" \u00b7 %1 more do not fit").arg(static_cast<int>(all.size()) - shown)
                           : QString();
  painter.drawText(QRectF(10, height() - caption, width() - 20, caption), Qt::AlignLeft | Qt::AlignVCenter,
                   tr("\u25cb every head  \u25cf this mask, 0 to 100 %") + left);
}

void SlicePlot::paintRow(QPainter& painter, const PlotTheme& theme, const SliceScore& slice, const QRectF& row,
                         const QRectF& bars) const {
  const QFontMetricsF metrics(painter.font());
  const auto x = [&](double share) { return bars.left() + share * bars.width(); };
  const double y = row.center().y();
  painter.setPen(theme.secondary);
  painter.drawText(QRectF(10, row.top(), bars.left() - 20, row.height()), Qt::AlignRight | Qt::AlignVCenter,
                   metrics.elidedText(QString::fromStdString(slice.name), Qt::ElideRight, bars.left() - 20));
  painter.setPen(theme.grid);
  painter.drawLine(QPointF(bars.left(), y), QPointF(bars.right(), y));
  painter.setPen(QPen(theme.secondary, 1.4));
  painter.drawLine(QPointF(x(slice.full.low), y - 3), QPointF(x(slice.full.high), y - 3));
  painter.setPen(QPen(theme.accent, 1.8));
  painter.drawLine(QPointF(x(slice.masked.low), y + 3), QPointF(x(slice.masked.high), y + 3));
  painter.setBrush(theme.panel);
  painter.setPen(QPen(theme.secondary, 1.4));
  painter.drawEllipse(QPointF(x(slice.full.value), y - 3), 3.6, 3.6);
  painter.setBrush(theme.accent);
  painter.setPen(Qt::NoPen);
  painter.drawEllipse(QPointF(x(slice.masked.value), y + 3), 3.6, 3.6);
  painter.setPen(theme.text);
  painter.drawText(QRectF(bars.right() + 10, row.top(), width() - bars.right() - 14, row.height()),
                   Qt::AlignLeft | Qt::AlignVCenter,
                   percentText(slice.full.value) + QStringLiteral(" \u2192 ") + percentText(slice.masked.value));
}

void SlicePlot::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
}

}  // namespace headroom
