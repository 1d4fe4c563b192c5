// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/loss_plot.h"

#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "widgets/plots/direct_labels.h"
#include "widgets/plots/graph_data.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {
namespace {

enum Line : size_t { Task, Penalty, Lambda, LambdaC };

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values)
    if (std::isfinite(value)) most = std::max(most, value);
  return most;
}

/// A logarithmic axis has no place for zero: such values become gaps.
std::vector<double> positive(const std::vector<double>& values) {
  std::vector<double> out(values);
  for (double& value : out)
    if (!(value > 0)) value = std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace

LossPlot::LossPlot(QWidget* parent)
    : StepPlot(tr("loss (nat)"),
               tr("Task loss, penalty and the schedule of λ appear here while a model is trained. Press Train."),
               parent) {
  plot()->yAxis->setTicker(QSharedPointer<ValueTicker>::create());
  plot()->yAxis2->setScaleType(QCPAxis::stLogarithmic);
  plot()->yAxis2->setTicker(QSharedPointer<PowerTicker>::create());
  const QString names[] = {tr("task"), tr("λ·sparsity"), tr("λ (log, right)"), tr("λc (log, right)")};
  for (size_t i = 0; i < m_graphs.size(); ++i) {
    m_graphs[i] = plot()->addGraph(plot()->xAxis, i < Lambda ? plot()->yAxis : plot()->yAxis2);
    m_labels[i] = makeText(names[i]);
  }
}

void LossPlot::applyColours() {
  StepPlot::applyColours();
  const PlotTheme theme = plotTheme();
  const QColor colours[] = {theme.accent, theme.third, theme.secondary, theme.cursor};
  for (size_t i = 0; i < m_graphs.size(); ++i) {
    m_graphs[i]->setPen(QPen(colours[i], 1, i < Lambda ? Qt::SolidLine : i == Lambda ? Qt::DashLine : Qt::DashDotLine));
    m_labels[i]->setColor(colours[i]);
    m_labels[i]->setBrush(labelGround(theme));
  }
}

void LossPlot::rebuildCurves() {
  const TrainSeries::Scalars& values = series().scalars();
  std::vector<double> penalty(values.penalty.size());
  for (size_t i = 0; i < penalty.size(); ++i) penalty[i] = values.penalty[i] * values.lambda[i];
  scaleLosses(penalty);
  scaleCoefficients();
  fillThinned(m_graphs[Task], series().steps(), values.taskLoss);
  fillThinned(m_graphs[Penalty], series().steps(), penalty);
  fillThinned(m_graphs[Lambda], series().steps(), positive(values.lambda));
  fillThinned(m_graphs[LambdaC], series().steps(), positive(values.lambdaC));
}

void LossPlot::scaleLosses(const std::vector<double>& penalty) {
  // The penalty may rise far above the task loss for a while; it must not press the task loss flat.
  const double task = std::max(largest(series().scalars().taskLoss), 1e-6);
  plot()->yAxis->setRange(0, 1.05 * std::max(task, std::min(largest(penalty), 2 * task)));
}

void LossPlot::scaleCoefficients() {
  double low = std::numeric_limits<double>::infinity();
  double high = 0;
  for (const std::vector<double>* column : {&series().scalars().lambda, &series().scalars().lambdaC})
    for (const double value : *column) {
      if (!(value > 0) || !std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  const bool any = high > 0;
  plot()->yAxis2->setVisible(any);
  if (any) plot()->yAxis2->setRange(low / 1.5, std::max(high * 1.5, low * 10));
}

void LossPlot::placeNames() {
  StepPlot::placeNames();
  std::vector<DirectLabel> labels;
  for (size_t i = 0; i < m_graphs.size(); ++i) {
    const auto curve = m_graphs[i]->data();
    const bool any = !curve->isEmpty() && (curve->constEnd() - 1)->value > 0;
    DirectLabel at{m_labels[i], m_graphs[i]->valueAxis(), 0, 0, any};
    if (any) {
      at.key = (curve->constEnd() - 1)->key;
      at.value = (curve->constEnd() - 1)->value;
    }
    labels.push_back(at);
  }
  placeLabels(plot(), std::move(labels));
}

}  // namespace headroom
