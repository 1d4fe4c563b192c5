// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/budget_plot.h"

#include <qcustomplot.h>

#include <algorithm>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/graph_data.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

BudgetPlot::BudgetPlot(QWidget* parent)
    : StepPlot(tr("expected number of heads"),
               tr("How many heads are open, closed and undecided appears here while gates are trained. Press Train."),
               parent) {
  plot()->yAxis->setTicker(QSharedPointer<StepTicker>::create());
  m_target = plot()->addGraph();
  m_targetLabel = makeText({});
  const QString names[] = {tr("ΣP(0) closed"), tr("ΣP(1) open"), tr("ΣP(between)")};
  for (size_t i = 0; i < m_graphs.size(); ++i) {
    m_graphs[i] = plot()->addGraph();
    m_labels[i] = makeText(names[i]);
  }
}

void BudgetPlot::setTarget(int keep, int units, bool groups) {
  m_keep = keep;
  m_units = units;
  m_groups = groups;
  setTitle(groups ? tr("expected number of groups") : tr("expected number of heads"));
  scheduleRebuild();
}

bool BudgetPlot::nothingToShow() const { return !hasSeries() || series().headCount() == 0; }

void BudgetPlot::applyColours() {
  StepPlot::applyColours();
  const PlotTheme theme = plotTheme();
  const QColor colours[] = {theme.third, theme.accent, theme.secondary};
  for (size_t i = 0; i < m_graphs.size(); ++i) {
    m_graphs[i]->setPen(QPen(colours[i], 1.5));
    m_labels[i]->setColor(colours[i]);
    m_labels[i]->setBrush(labelGround(theme));
  }
  m_target->setPen(QPen(theme.cursor, 1));
  m_targetLabel->setColor(theme.cursor);
  m_targetLabel->setBrush(labelGround(theme));
}

void BudgetPlot::rebuildCurves() {
  const TrainSeries::Scalars& values = series().scalars();
  plot()->yAxis->setRange(0, std::max({m_units, m_groups ? 0 : series().headCount(), 1}) * 1.04);
  const std::vector<double>* columns[] = {&values.expectedClosed, &values.expectedOpen, &values.expectedBetween};
  const double end = plot()->xAxis->range().upper;
  m_target->setData({0, end}, {static_cast<double>(m_keep), static_cast<double>(m_keep)}, true);
  m_targetLabel->setText(tr("K = %1").arg(countText(m_keep)));
  for (size_t i = 0; i < m_graphs.size(); ++i) fillThinned(m_graphs[i], series().steps(), *columns[i]);
}

void BudgetPlot::placeNames() {
  StepPlot::placeNames();
  if (nothingToShow()) return;
  const TrainSeries::Scalars& values = series().scalars();
  const double last = series().steps().back();
  const double ends[] = {values.expectedClosed.back(), values.expectedOpen.back(), values.expectedBetween.back()};
  std::vector<DirectLabel> labels{
      {m_targetLabel, plot()->yAxis, plot()->xAxis->range().upper, static_cast<double>(m_keep), true}};
  for (size_t i = 0; i < m_graphs.size(); ++i) labels.push_back({m_labels[i], plot()->yAxis, last, ends[i], true});
  placeLabels(plot(), std::move(labels));
}

}  // namespace headroom
