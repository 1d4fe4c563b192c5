// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/depth_plot.h"

#include <qcustomplot.h>

#include <algorithm>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"

namespace headroom {

namespace {

constexpr double kStride = 1.25;  // from one column of bars (all survivors = 1) to the next

}  // namespace

DepthPlot::DepthPlot(QWidget* parent)
    : PlotCanvas(tr("where survivors lie: share of each method's heads, with their number (mean of the seeds)"),
                 parent) {
  const QString names[] = {tr("bottom third (input)"), tr("middle third"), tr("top third (output)")};
  for (size_t third = 0; third < m_columns.size(); ++third) {
    Column& column = m_columns[third];
    column.bars = new QCPBars(plot()->yAxis, plot()->xAxis);
    column.bars->setBaseValue(kStride * static_cast<double>(third));
    column.bars->setWidth(0.62);
    column.chance = new QCPItemLine(plot());
    column.chance->setSelectable(false);
    column.name = makeText(names[third]);
    column.name->setPositionAlignment(Qt::AlignLeft | Qt::AlignBottom);
  }
  plot()->yAxis->setRangeReversed(true);
  plot()->xAxis->setTickLabels(false);
  plot()->xAxis->setLabel(tr("dashed: by chance"));
}

void DepthPlot::setRows(const std::vector<DepthRow>& rows, const HeadLayout& layout) {
  m_rows = rows;
  m_all = keptByDepth(HeadMask(layout));
  scheduleRebuild();
}

void DepthPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  for (Column& column : m_columns) {
    column.bars->setPen(Qt::NoPen);
    column.bars->setBrush(theme.accent);
    column.chance->setPen(QPen(theme.cursor, 1, Qt::DashLine));
    column.name->setColor(theme.text);
  }
  plot()->xAxis->setBasePen(Qt::NoPen);
  plot()->yAxis->grid()->setVisible(false);
}

void DepthPlot::rebuild() {
  setEmptyText(m_rows.empty() ? tr("Where survivors lie appears here once cells are done.") : QString());
  for (QCPItemText* count : m_counts) plot()->removeItem(count);
  m_counts.clear();
  if (m_rows.empty()) return;
  const auto names = QSharedPointer<QCPAxisTickerText>::create();
  for (size_t i = 0; i < m_rows.size(); ++i) names->addTick(static_cast<double>(i), methodText(m_rows[i].method));
  plot()->yAxis->setTicker(names);
  const double below = static_cast<double>(m_rows.size()) - 0.4, all = std::max(1.0, m_all[0] + m_all[1] + m_all[2]);
  QStringList said;
  for (size_t third = 0; third < m_columns.size(); ++third) {
    Column& column = m_columns[third];
    const double left = column.bars->baseValue();
    QVector<QCPBarsData> bars;
    for (size_t i = 0; i < m_rows.size(); ++i) {
      const DepthThirds& kept = m_rows[i].kept;
      const double sum = kept[0] + kept[1] + kept[2], share = sum > 0 ? kept[third] / sum : 0;
      bars.append({static_cast<double>(i), share});
      QCPItemText* count = makeText(fixedText(kept[third], 1));
      count->setColor(plotTheme().text);
      count->setBrush(labelGround(plotTheme()));
      count->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
      count->position->setCoords(left + share + 0.02, static_cast<double>(i));
      m_counts.push_back(count);
      if (third == 0)
        said << tr("%1: bottom %2, middle %3, top %4")
                    .arg(methodText(m_rows[i].method), fixedText(kept[0], 1), fixedText(kept[1], 1),
                         fixedText(kept[2], 1));
    }
    column.bars->data()->set(bars);
    const double chance = left + m_all[third] / all;
    column.chance->start->setCoords(chance, -0.5);
    column.chance->end->setCoords(chance, below);
    column.name->position->setCoords(left, -0.55);
  }
  plot()->xAxis->setRange(-0.02, 2 * kStride + 1.15);
  plot()->yAxis->setRange(-1.3, below);
  setAccessibleDescription(said.join(QStringLiteral("; ")));
}

}  // namespace headroom
