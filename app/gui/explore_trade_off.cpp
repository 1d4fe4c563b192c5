// SPDX-License-Identifier: GPL-3.0-or-later
// Accuracy against what heads cost: the trade-off with its axes and marks, and the Speed panel beside it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "app/gui/document.h"
#include "app/gui/explore_view.h"
#include "core/base/parameter_estimate.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/segmented_buttons.h"
#include "widgets/panels/speed_panel.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/trade_off_plot.h"

namespace headroom {

void ExploreView::linkSpeed() {
  connect(m_speed, &SpeedPanel::measureWanted, m_document, &Document::measureLatency);
  connect(m_speed, &SpeedPanel::unsureAccepted, m_document, &Document::useUnsureLatency);
  connect(m_speed, &SpeedPanel::timeWanted, m_document, &Document::timeMask);
  connect(m_document, &Document::timedChanged, this, &ExploreView::showTimed);
  connect(m_document, &Document::pinsChanged, this, &ExploreView::showMarks);
  connect(m_speed, &SpeedPanel::demandChosen, this,
          [this](std::optional<double> mostMs, std::optional<double> mostPoints) {
            m_document->setDemand({mostMs, mostPoints ? std::optional(*mostPoints / 100) : std::nullopt});
          });
  connect(m_speed, &SpeedPanel::bestWanted, m_document, &Document::takeBest);
  connect(m_speed, &SpeedPanel::byTimeChosen, this, [this](bool byTime) {
    m_document->orderByTime(byTime);
    showByTime();  // where it was refused
  });
  connect(m_speed, &SpeedPanel::paretoWanted, m_document, &Document::stepPareto);
  connect(m_tradeOff, &TradeOffPlot::paretoWanted, m_document, &Document::stepPareto);
  connect(m_document, &Document::latencyChanged, this, &ExploreView::showLatency);
  connect(m_document, &Document::choicesChanged, this, &ExploreView::showChoices);
  connect(m_axis, &SegmentedButtons::chosen, this, &ExploreView::showAxis);
  connect(m_tradeOff, &TradeOffPlot::mostXDragged, this, [this](double ms) {
    Demand demand = m_document->demand();
    demand.mostMs = ms;
    m_document->setDemand(demand);
  });
  connect(m_tradeOff, &TradeOffPlot::mostLostDragged, this, [this](double points) {
    Demand demand = m_document->demand();
    demand.mostLost = points / 100;
    m_document->setDemand(demand);
  });
}

void ExploreView::showLatency() {
  m_speed->setTable(m_document->latency(), m_document->latencyIsFromElsewhere());
  const std::optional<LatencyTable>& unsure = m_document->unsureLatency();
  m_speed->setUnsure(unsure ? QString::fromStdString(unsure->busy) : QString());
  showWhetherMeasurable();
  m_axis->setOptionVisible(Predicted, m_document->latency().has_value());
  if (!m_document->latency() && m_axis->current() == Predicted) m_axis->setCurrent(Heads);
  showByTime();
  showAxis();
}

QString ExploreView::orderName() const {
  const std::optional<Ranking>& ranking = m_document->ranking();
  const QString scores = ranking ? QString::fromStdString(ranking->title) : tr("log \u03b1");
  return m_document->ordersByTime() ? tr("%1, by time saved").arg(scores) : scores;
}

void ExploreView::showCurve() {
  m_tradeOff->setCurve(m_document->curve());
  const bool ofTheRun = !m_document->ranking() && !m_document->ordersByTime();
  m_tradeOff->setCurveName(ofTheRun ? methodText(m_document->run().settings.method) : orderName());
  // Along another order the shown mask may have become one by hand, or a position of the slider.
  if (m_document->hasOrder()) m_keep->setShownMask(m_document->mask(), m_document->handEdited());
  showOrder();
  showAxis();
}

void ExploreView::showByTime() {
  QString whyNot;
  if (!m_document->model()) {
    whyNot = tr("open a model first");
  } else if (!m_document->latency()) {
    whyNot = tr("measure what heads cost first");
  } else if (!m_document->hasScores()) {
    whyNot = tr("train or open a run, or rank the heads");
  } else if (m_document->state() != DocumentState::Ready) {
    whyNot = tr("something else is computing");
  }
  m_speed->setByTime(m_document->ordersByTime(), whyNot);
}

void ExploreView::showWhetherMeasurable() {
  m_speed->setMeasuring(m_document->isMeasuringLatency());
  const bool ready = m_document->state() == DocumentState::Ready;
  m_speed->setMeasurable(ready                 ? QString()
                         : m_document->model() ? tr("something else is computing")
                                               : tr("open a model first"));
}

void ExploreView::showChoices() {
  const std::vector<MaskChoice>& choices = m_document->choices();
  const Demand& demand = m_document->demand();
  const std::optional<double> points = demand.mostLost ? std::optional(100 * *demand.mostLost) : std::nullopt;
  m_speed->setDemand(demand.mostMs, points);
  const auto best = m_document->best();
  QString text = tr("Measure, and sweep a run, to have masks proposed.");
  if (!choices.empty()) text = tr("No number of heads meets these bounds.");
  if (best) {
    const MaskChoice& choice = choices[*best];
    text = tr("%1 heads: %2 ms, %3 points")
               .arg(countText(choice.mask.keptCount()), fixedText(choice.ms, 2), signedText(-100 * lostBy(choice), 1));
  }
  m_speed->setProposal(text, best.has_value());
  std::vector<int> pareto;
  for (const MaskChoice& choice : choices)
    if (choice.pareto) pareto.push_back(choice.mask.keptCount());
  m_tradeOff->setPareto(pareto);
  const bool inMs = m_axis->current() == Predicted || m_axis->current() == TimedMs;
  m_tradeOff->setLimits(inMs ? demand.mostMs : std::nullopt, points);
}

/// Times of a busy machine are said in the Speed panel, but never drawn.
double ExploreView::timedMs(const HeadMask& mask) const {
  double ms = std::numeric_limits<double>::quiet_NaN();
  for (const TimedMask& timed : m_document->timed()) {
    if (!timed.time.busy.empty()) continue;
    if (timed.mask == mask) return timed.time.ms;
    if (mask.all()) ms = timed.time.fullMs;
  }
  return ms;
}

double ExploreView::axisValue(const HeadMask& mask) const {
  switch (m_axis->current()) {
    case Predicted: return m_document->latency()->predict(mask);
    case TimedMs: return timedMs(mask);
    case ParameterCount: return estimatedParameters(*m_document->model(), mask) / 1e6;
    default: return mask.keptCount();
  }
}

void ExploreView::showAxis() {
  const Curve& curve = m_document->curve();
  std::vector<double> values;
  const bool known = m_document->model() && curve.layout == m_document->model()->layout;
  for (int kept = 0; known && m_axis->current() > Heads && kept <= curve.layout.headCount(); ++kept)
    values.push_back(axisValue(curve.maskFor(kept)));
  const QString labels[] = {QString(), tr("ms a pass, predicted"), tr("ms a pass, timed"), tr("parameters, millions")};
  m_tradeOff->setAxis(labels[m_axis->current()], std::move(values));
  showMarks();
  showChoices();
}

/// What other runs ended with, pins, and in milliseconds masks that were timed: a square beside the curve tells how far
/// off the prediction is.
void ExploreView::showMarks() {
  std::vector<TradeOffMark> pins, timed, others;
  if (m_document->model() && !m_document->curve().points.empty()) {
    const auto add = [](std::vector<TradeOffMark>& marks, const std::string& name, double x, const EvalResult* answer) {
      if (answer == nullptr || std::isnan(x)) return;
      const MetricValue& metric = answer->metric;
      marks.push_back({QString::fromStdString(name), x, metric.value, metric.low, metric.high});
    };
    for (const SessionRun& run : m_document->comparableRuns()) {
      EvalResult ended;
      ended.metric = run.report->metric;
      add(others, methodText(run.settings.method).toStdString(), axisValue(run.report->mask), &ended);
    }
    for (const MaskPin& pin : m_document->pins())
      add(pins, pin.name, axisValue(pin.mask), pin.answer ? &*pin.answer : nullptr);
    const bool inMs = m_axis->current() == Predicted || m_axis->current() == TimedMs;
    for (const TimedMask& each : m_document->timed())
      if (inMs) add(timed, {}, timedMs(each.mask), m_document->answerFor(each.mask));
    const HeadMask every(m_document->model()->layout);
    if (inMs && !m_document->timed().empty()) add(timed, {}, timedMs(every), m_document->answerFor(every));
  }
  m_tradeOff->setPins(std::move(pins));
  m_tradeOff->setTimed(std::move(timed));
  m_tradeOff->setOtherRuns(std::move(others));
}

void ExploreView::showTimed() {
  std::optional<SpeedPanel::Timed> shown;
  for (const TimedMask& timed : m_document->timed())
    if (timed.mask == m_document->mask()) shown = {timed.time.ms, timed.time.fullMs, !timed.time.busy.empty()};
  m_speed->setTimed(shown);
  const std::vector<TimedMask>& all = m_document->timed();
  const bool any = std::any_of(all.begin(), all.end(), [](const TimedMask& timed) { return timed.time.busy.empty(); });
  m_axis->setOptionVisible(TimedMs, any);
  if (!any && m_axis->current() == TimedMs) m_axis->setCurrent(Heads);
  if (m_axis->current() == Predicted || m_axis->current() == TimedMs) showAxis();
}

}  // namespace headroom
