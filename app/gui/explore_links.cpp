// SPDX-License-Identifier: GPL-3.0-or-later
// What the panels show of the document, and what they ask of it.
#include <QLabel>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "app/gui/document.h"
#include "app/gui/explore_view.h"
#include "core/base/parameter_estimate.h"
#include "widgets/panels/example_panel.h"
#include "widgets/panels/flipped_panel.h"
#include "widgets/panels/head_map_panel.h"
#include "widgets/panels/keep_panel.h"
#include "widgets/panels/project_panel.h"
#include "widgets/panels/segmented_buttons.h"
#include "widgets/panels/settings_panel.h"
#include "widgets/panels/speed_panel.h"
#include "widgets/panels/step_bar.h"
#include "widgets/panels/training_panel.h"
#include "widgets/plots/concentration_plot.h"
#include "widgets/plots/gap_plot.h"
#include "widgets/plots/gate_paths_plot.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/slice_plot.h"
#include "widgets/plots/trade_off_plot.h"

namespace headroom {

void ExploreView::linkEdits() {
  connect(m_keep, &KeepPanel::keptChosen, m_document, &Document::slideTo);
  connect(m_keep, &KeepPanel::keptReleased, m_document, &Document::endSlide);
  connect(m_tradeOff, &TradeOffPlot::keptChosen, m_document, &Document::slideTo);
  connect(m_map->map(), &HeadMap::headClicked, m_document, &Document::toggleHead);
  connect(m_map->map(), &HeadMap::groupClicked, m_document, &Document::toggleGroup);
  connect(m_map->map(), &HeadMap::headsClicked, m_document, &Document::toggleHeads);
  connect(m_map->map(), &HeadMap::lockClicked, m_document, &Document::toggleLock);
  connect(m_map->map(), &HeadMap::effectWanted, m_document, &Document::askEffect);
  connect(m_tradeOff, &TradeOffPlot::pinWanted, m_document, &Document::togglePin);
  connect(m_tradeOff, &TradeOffPlot::pinChosen, m_document, &Document::showPin);
  connect(m_document, &Document::locksChanged, this, [this] { m_map->map()->setLocked(m_document->locked()); });
  connect(m_lowerRightPages, &SegmentedButtons::chosen, this, &ExploreView::showLowerRight);
  connect(m_example, &ExamplePanel::indexChosen, m_document, &Document::setExample);
  connect(m_settings, &SettingsPanel::settingsChanged, m_document, &Document::setSettings);
  connect(m_project, &ProjectPanel::runActivated, this, &ExploreView::runActivated);
}

void ExploreView::linkOpening() {
  connect(m_document, &Document::modelChanged, this, &ExploreView::showModel);
  connect(m_document, &Document::dataChanged, this, [this] {
    m_project->setData(m_document->data());
    m_example->setCount(m_document->hasDevData() ? m_document->data()->dev.examples : 0);
    showLowerRight(m_lowerRight->currentIndex());
  });
  connect(m_document, &Document::settingsChanged, this, [this] { m_settings->setSettings(m_document->settings()); });
  connect(m_document, &Document::stateChanged, this, [this] {
    m_settings->setTraining(m_document->isTraining());
    showWhetherMeasurable();
    m_keep->setHint(hintText());
    showOrder();
  });
}

void ExploreView::linkMask() {
  connect(m_document, &Document::maskChanged, this, &ExploreView::showMask);
  connect(m_document, &Document::answerChanged, this, &ExploreView::showAnswer);
  connect(m_document, &Document::effectChanged, this, &ExploreView::showEffect);
  connect(m_document, &Document::predictionChanged, this, &ExploreView::showExample);
  connect(m_document, &Document::comparisonChanged, this, &ExploreView::showComparison);
  connect(m_flipped, &FlippedPanel::exampleWanted, this, [this](std::int64_t index) {
    m_example->setIndex(index);
    showLowerRight(Example);
  });
  connect(m_document, &Document::orderChanged, this, &ExploreView::showOrder);
  connect(m_document, &Document::curveChanged, this, &ExploreView::showCurve);
  connect(m_document, &Document::randomMasksChanged, this,
          [this] { m_tradeOff->setRandom(m_document->randomMasks()); });
  connect(m_concentration, &ConcentrationPlot::summaryChanged, this, [this](const QString& summary) {
    if (m_lowerRight->currentIndex() == 0) m_concentrationFrame->setNote(summary);
  });
}

void ExploreView::linkRun() {
  connect(m_document, &Document::runBegan, this, &ExploreView::beginRun);
  connect(m_document, &Document::runOpened, this, &ExploreView::showRun);
  connect(m_document, &Document::runsChanged, this, &ExploreView::showRuns);
  connect(m_document, &Document::pointsArrived, this,
          [this](const std::vector<TrainPoint>& points) { m_training->appendPoints(points); });
  connect(m_document, &Document::eventArrived, this, [this](const TrainEvent& event) { logEvent(event); });
  connect(m_document, &Document::gapMeasured, m_training->gap(), &GapPlot::setGap);
  connect(m_document, &Document::stateChanged, this, &ExploreView::showWhetherGap);
  connect(m_training->gap(), &GapPlot::measureWanted, m_document, &Document::measureGap);
  showWhetherGap();
  connect(m_training, &TrainingPanel::shownStepChanged, this, &ExploreView::showStep);
  connect(m_training->stepBar(), &StepBar::followingChanged, this, [this](bool following) {
    if (!following) return;
    m_keep->release();
    m_document->followTraining();
  });
}

void ExploreView::showWhetherGap() {
  const bool ready = m_document->state() == DocumentState::Ready && m_document->run().report;
  m_training->gap()->setPossible(m_document->isMeasuringGap() ? tr("Measuring…")
                                 : !ready ? tr("The gap is measured of a run that is finished and open.")
                                 : !m_document->hasDevData() ? tr("Open dev data first (Data…).")
                                                             : QString());
}

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

void ExploreView::linkSelection() {
  connect(m_map->map(), &HeadMap::headSelected, this, [this](HeadId head) { m_training->setSelected(head); });
  connect(m_training, &TrainingPanel::headSelected, this, [this](HeadId head) { m_map->map()->setSelected(head); });
}

void ExploreView::follow() {
  m_training->stepBar()->setFollowing(true);
  m_keep->release();
  m_document->followTraining();
}

void ExploreView::showModel() {
  const std::optional<ModelSummary>& model = m_document->model();
  const HeadLayout layout = model ? model->layout : HeadLayout();
  m_project->setModel(model);
  m_project->setData(m_document->data());
  m_settings->setMaximumHeads(layout.headCount(), layout.grouped() ? layout.keyValueHeadCount() : 0);
  m_map->map()->setHeadLayout(layout);
  m_training->clear();
  m_training->setHeadLayout(layout);
  m_keep->setHeadCount(layout.headCount());
  m_concentration->setMask(HeadMask(layout));
  m_speed->setMostTokens(model ? model->maxPositions : 0);
  showOrder();
}

void ExploreView::showMask() {
  const HeadMask& mask = m_document->mask();
  m_map->map()->setMask(mask);
  m_concentration->setMask(mask);
  showExample();
  showComparison();
  m_speed->setMask(mask);
  showTimed();
  m_training->setMask(mask);
  m_keep->setShownMask(mask, m_document->handEdited());
  if (m_document->isTraining() && m_document->maskFollows()) {
    m_keep->followKept(mask.keptCount());
  } else {
    m_keep->setKept(mask.keptCount());
  }
  m_tradeOff->setCursor(mask.keptCount());
}

void ExploreView::showLowerRight(int page) {
  m_lowerRightPages->setCurrent(page);
  m_lowerRight->setCurrentIndex(page);
  m_document->setExample(page == Example ? m_example->index() : -1);
  m_document->setComparing(page == Flipped || page == Slices);
  m_concentrationFrame->setNote(page == Concentration ? m_concentration->summary() : QString());
}

void ExploreView::showComparison() {
  const std::optional<MaskComparison>& comparison = m_document->comparison();
  m_flipped->setHasData(m_document->hasDevData());
  m_slices->setHasData(m_document->hasDevData());
  m_flipped->setComparison(comparison);
  m_flipped->setDimmed(comparison && comparison->maskHash != m_document->mask().hash());
  const std::optional<EvalResult>& answer = m_document->answer();
  m_slices->setComparison(comparison, answer && answer->toFull ? -answer->toFull->value : 0);
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

void ExploreView::showEffect() {
  const std::optional<HeadEffect>& effect = m_document->effect();
  if (!effect) {
    m_keep->setEffect(m_document->isMeasuringEffect() ? tr("measuring what this head changes \u2026 (E cancels)")
                                                      : QString());
    return;
  }
  const HeadLayout& layout = m_document->mask().layout();
  const BlockId block = layout.blocks()[static_cast<size_t>(effect->head.block)].id;
  const PairedDifference& change = effect->change.difference;
  const QString head = tr("%1, head %2 %3")
                           .arg(QString::fromStdString(blockLabel(block, layout.onlyOneKind())))
                           .arg(effect->head.head)
                           .arg(effect->closes ? tr("closed") : tr("opened"));
  m_keep->setEffect(tr("%1: %2 points (%3 to %4), %5 lost, %6 gained \u00b7 %7 on %8 of %9 examples")
                        .arg(head, signedText(100 * change.value, 2), signedText(100 * change.low, 2),
                             signedText(100 * change.high, 2), countText(change.lost), countText(change.gained),
                             effect->change.complete ? tr("exact") : tr("preliminary"),
                             countText(effect->change.metric.examples), countText(effect->change.examplesTotal)));
}

void ExploreView::showExample() {
  m_example->setPrediction(m_document->prediction());
  m_example->setDimmed(m_document->prediction() && m_document->prediction()->maskHash != m_document->mask().hash());
}

QString ExploreView::hintText() const {
  if (!m_document->hasDevData()) return tr("Open dev data (Data\u2026) to measure what this mask scores.");
  if (m_document->isTraining()) return tr("Measured at the end. Slide, or click a head, to measure now.");
  return tr("Not measured yet: move the slider or switch a head.");
}

void ExploreView::showAnswer() {
  m_keep->setHint(hintText());
  const std::optional<std::int64_t> step = m_document->answerStep();
  m_keep->setAnswerNote(step ? tr("weights of step %1").arg(countText(*step)) : QString());
  if (const std::optional<EvalResult>& answer = m_document->answer()) {
    m_keep->setAnswer(*answer, m_document->answerWasCached());
  } else {
    m_keep->clearAnswer();
  }
  m_keep->setUpdating(m_document->isEvaluating());
  if (m_document->answer() && m_document->answer()->complete && !m_document->timed().empty()) showMarks();
}

void ExploreView::showOrder() {
  // The slider closes heads in an order; until a run gives one there is none to close them by.
  const bool ordered = m_document->model() && m_document->hasOrder();
  const QString why = m_document->model() ? tr("Train or open a run to rank the heads") : tr("Open a model first");
  const QString what = tr("How many heads to keep: the first of the order (%1)").arg(orderName());
  for (QWidget* control :
       {static_cast<QWidget*>(m_keep->findChild<QSlider*>()), static_cast<QWidget*>(m_keep->findChild<QSpinBox*>())}) {
    if (control == nullptr) continue;
    control->setEnabled(ordered);
    control->setToolTip(ordered ? what : why);
  }
  m_tradeOff->setEnabled(ordered);
  const bool explains = m_document->model() && !ordered && !m_document->isTraining();
  m_keepHint->setText(tr("Train or open a run to rank the heads; a click on a head works already."));
  m_keepHint->setVisible(explains);
  showByTime();
}

void ExploreView::showRuns() {
  std::vector<RunRow> rows;
  for (const SessionRun& run : m_document->runs()) {
    RunRow row;
    row.path = QString::fromStdString(run.path);
    row.method = QString::fromStdString(run.settings.method);
    row.keep = run.settings.keep;
    row.groups = run.settings.unit == "group";
    row.seed = run.settings.seed;
    if (run.report) row.score = run.report->metric.value;
    row.status = QString::fromStdString(run.status);
    rows.push_back(row);
  }
  m_project->setRuns(rows);
  m_project->setCurrentRun(QString::fromStdString(m_document->run().path));
  showMarks();
}

int ExploreView::groupsOf(const TrainSettings& settings) const {
  return settings.unit == "group" ? m_document->mask().layout().keyValueHeadCount() : 0;
}

void ExploreView::beginRun() {
  const TrainSettings& settings = m_document->run().settings;
  m_training->clear();
  if (!m_document->run().path.empty()) m_training->setPlan(settings.keep, settings.steps, groupsOf(settings));
  m_map->map()->setValues({}, {});
  m_map->map()->setReopened({});
  m_map->map()->setClipAt(settings.reopen ? settings.clipAt : 0);
  m_keep->release();
  m_keep->setStep(m_document->sliderStep());
  showRuns();
}

void ExploreView::showRun(const RunSnapshot& run) {
  m_training->setPlan(run.settings.keep, run.settings.steps, groupsOf(run.settings));
  m_keep->setStep(m_document->sliderStep());
  m_map->map()->setClipAt(run.settings.reopen ? run.settings.clipAt : 0);
  m_training->setPoints(run.points);
  m_training->setEvents(run.events);
  showStep(m_training->shownStep());
}

void ExploreView::logEvent(const TrainEvent& event) {
  m_training->appendEvent(event);
  if (event.kind == TrainEventKind::Reopen) showStep(m_training->shownStep());
}

void ExploreView::showStep(std::int64_t step) {
  const TrainSeries& series = m_training->series();
  if (series.empty() || series.headCount() != m_document->mask().headCount()) return;
  const size_t index = series.indexAt(step);
  m_map->map()->setValues(series.pOpenAt(index), series.logAlphaAt(index));
  std::set<int> reopened;
  for (const TrainEvent& event : m_training->events())
    if (event.kind == TrainEventKind::Reopen && event.step <= step) reopened = {event.heads.begin(), event.heads.end()};
  m_map->map()->setReopened(std::move(reopened));
}

}  // namespace headroom
