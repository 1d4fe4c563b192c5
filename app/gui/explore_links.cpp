// SPDX-License-Identifier: GPL-3.0-or-later
// What the panels show of the document, and what they ask of it.
#include <QLabel>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>
#include <set>

#include "app/gui/document.h"
#include "app/gui/explore_view.h"
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
