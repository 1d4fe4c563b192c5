// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/gap_plot.h"

#include <qcustomplot.h>

#include <QPushButton>
#include <algorithm>
#include <cmath>

#include "widgets/plots/number_text.h"
#include "widgets/plots/plot_theme.h"
#include "widgets/plots/step_ticker.h"

namespace headroom {

GapPlot::GapPlot(QWidget* parent) : PlotCanvas(tr("train/test gap: loss on dev [nat]"), parent) {
  setToolTip(
      tr("What training saw (gates drawn at random), what evaluation sees (test-time gates), and what is kept in the "
         "end"));
  m_measure = new QPushButton(tr("&Measure"));
  m_measure->setToolTip(
      tr("The loss of the same examples with gates drawn as in training, at their test-time values, and of the mask "
         "alone"));
  m_measure->setAccessibleName(tr("Measure the train/test gap"));
  m_measure->setFont(themeFont(TextRole::Axis));
  m_measure->setEnabled(false);
  addTitleWidget(m_measure);
  connect(m_measure, &QPushButton::clicked, this, &GapPlot::measureWanted);
  m_dots = plot()->addGraph();
  m_dots->setLineStyle(QCPGraph::lsNone);
  m_interval = new QCPErrorBars(plot()->xAxis, plot()->yAxis);
  m_interval->setErrorType(QCPErrorBars::etKeyError);
  m_interval->setDataPlottable(m_dots);
  for (QCPItemText*& number : m_numbers) {
    number = makeText({});
    number->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
  }
  const auto rows = QSharedPointer<QCPAxisTickerText>::create();
  rows->addTick(0, tr("drawn gates"));
  rows->addTick(1, tr("test-time gates"));
  rows->addTick(2, tr("the mask alone"));
  plot()->yAxis->setTicker(rows);
  plot()->yAxis->setRangeReversed(true);
  plot()->yAxis->setRange(-0.8, 2.4);
  plot()->xAxis->setTicker(QSharedPointer<ValueTicker>::create(5));
}

void GapPlot::setGap(const std::optional<GateGap>& gap) {
  m_gap = gap;
  scheduleRebuild();
}

void GapPlot::setPossible(const QString& whyNot) {
  m_whyNot = whyNot;
  m_measure->setEnabled(whyNot.isEmpty());
  scheduleRebuild();
}

void GapPlot::applyColours() {
  PlotCanvas::applyColours();
  const PlotTheme theme = plotTheme();
  m_dots->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, theme.accent, theme.accent, 8));
  m_interval->setPen(QPen(theme.accent, 1.5));
  for (QCPItemText* number : m_numbers) number->setColor(theme.text);
  plot()->xAxis->grid()->setVisible(true);
}

void GapPlot::rebuild() {
  setEmptyText(m_gap ? QString()
               : m_whyNot.isEmpty()
                   ? tr("Measure compares the loss of the same examples with gates drawn as in training, at their "
                        "test-time values, and of the mask alone.")
                   : m_whyNot);
  if (!m_gap) return;
  setTitle(tr("train/test gap: loss of the same %1 dev examples [nat]; %2 passes with drawn gates, 95 % interval of "
              "their mean")
               .arg(countText(m_gap->examples))
               .arg(m_gap->sampledLoss.seeds));
  const double losses[] = {m_gap->sampledLoss.mean, m_gap->deterministicLoss, m_gap->maskLoss};
  const double scores[] = {m_gap->sampledScore.mean, m_gap->deterministic.value, m_gap->mask.value};
  const QVector<double> places{0, 1, 2};
  m_dots->setData({losses[0], losses[1], losses[2]}, places);
  // A graph sorts its points by their keys; the interval goes with the row of the drawn gates.
  QVector<double> halves(3, std::nan(""));
  for (int i = 0; i < 3; ++i)
    if (m_dots->dataMainValue(i) == 0) halves[i] = m_gap->sampledLoss.high - m_gap->sampledLoss.mean;
  m_interval->setData(halves);
  double low = m_gap->sampledLoss.low, high = m_gap->sampledLoss.high;
  QStringList said;
  for (size_t i = 0; i < m_numbers.size(); ++i) {
    low = std::min(low, losses[i]);
    high = std::max(high, losses[i]);
    m_numbers[i]->setText(
        tr("%1 · %2 %3")
            .arg(fixedText(losses[i], 4), QString::fromStdString(m_gap->mask.name), percentText(scores[i])));
    m_numbers[i]->position->setCoords(losses[i], static_cast<double>(i) - 0.2);
    said << m_numbers[i]->text();
  }
  const double room = std::max(0.002, high - low);
  plot()->xAxis->setRange(low - 0.6 * room, high + 0.6 * room);
  setAccessibleDescription(tr("drawn gates %1; test-time gates %2; the mask alone %3").arg(said[0], said[1], said[2]));
}

}  // namespace headroom
