// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/cost_plot.h"

#include <qcustomplot.h>

#include <algorithm>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

CostPlot::CostPlot(QWidget* parent) : PlotCanvas(tr("ms an attention block takes"), parent) {
  plot()->xAxis->setLabel(tr("heads left in the block"));
  plot()->xAxis->setTicker(QSharedPointer<StepTicker>::create());
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create(4));
  setToolTip(
      tr("Measured time of one attention block. Dashed: the straight line through it; where it meets 0 heads is what "
         "keeping a block alive costs, its slope what a head costs.\n"
         "Where the line begins high, emptying whole blocks pays more than thinning them."));
}

void CostPlot::setTable(const std::optional<LatencyTable>& table) {
  m_table = table;
  const size_t lines = table ? table->blocks.size() : 0;
  while (m_lines.size() < lines) m_lines.push_back({plot()->addGraph(), plot()->addGraph(), makeText({})});
  applyColours();
  scheduleRebuild();
}

void CostPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  const QColor colours[] = {theme.accent, theme.cursor, theme.third};
  for (size_t i = 0; i < m_lines.size(); ++i) {
    const QColor colour = colours[i % 3];
    m_lines[i].measured->setPen(QPen(colour, 1.5));
    m_lines[i].measured->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, colour, 4));
    m_lines[i].fit->setPen(QPen(colour, 1, Qt::DashLine));
    m_lines[i].name->setColor(colour);
    m_lines[i].name->setBrush(labelGround(theme));
  }
}

void CostPlot::rebuild() {
  setEmptyText(m_table ? QString() : tr("What heads cost on this machine appears here once it is measured."));
  if (!m_table) return;
  double most = 0, widest = 1;
  for (size_t i = 0; i < m_lines.size(); ++i) {
    const bool shown = i < m_table->blocks.size();
    m_lines[i].measured->setVisible(shown);
    m_lines[i].fit->setVisible(shown);
    m_lines[i].name->setVisible(shown);
    if (!shown) continue;
    const BlockCosts& costs = m_table->blocks[i];
    QVector<QCPGraphData> measured;
    for (size_t j = 0; j < costs.heads.size(); ++j) {
      measured.append({static_cast<double>(costs.heads[j]), costs.ms[j]});
      most = std::max(most, costs.ms[j]);
      widest = std::max(widest, static_cast<double>(costs.heads[j]));
    }
    m_lines[i].measured->data()->set(measured);
    const double end = costs.heads.empty() ? 0 : costs.heads.back();
    m_lines[i].fit->data()->set(
        QVector<QCPGraphData>{{0, costs.intercept}, {end, costs.intercept + end * costs.slope}});
    m_lines[i].name->setText(QString::fromStdString(costs.group));
  }
  plot()->xAxis->setRange(0, widest);
  plot()->yAxis->setRange(0, 1.1 * std::max(most, 1e-6));
}

void CostPlot::placeNames() {
  if (!m_table) return;
  for (size_t i = 0; i < m_table->blocks.size(); ++i) {
    const BlockCosts& costs = m_table->blocks[i];
    if (costs.heads.empty()) continue;
    m_lines[i].name->setPositionAlignment(Qt::AlignRight | Qt::AlignBottom);
    m_lines[i].name->position->setCoords(costs.heads.back(), costs.ms.back());
  }
}

}  // namespace headroom
