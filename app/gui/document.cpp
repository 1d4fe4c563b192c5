// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/document.h"

#include <algorithm>
#include <cstdlib>

#include "app/gui/mask_commands.h"
#include "core/methods/method_table.h"

namespace headroom {

namespace {

/// A pause of the pointer that ends a drag where no release is reported (the cursor of the curve).
constexpr int kGestureEnds = 900;  // ms

/// Closes all query heads that read the same key/value head as this one, or opens them where one is closed.
HeadMask groupSwitched(HeadMask mask, HeadId head) {
  const AttentionBlock& block = mask.layout().blocks()[static_cast<size_t>(head.block)];
  std::vector<HeadId> readers;
  for (int other = 0; other < block.heads; ++other)
    if (block.keyValueOf(other) == block.keyValueOf(head.head)) readers.push_back({head.block, other});
  const bool allKept = std::all_of(readers.begin(), readers.end(), [&](HeadId id) { return mask.kept(id); });
  for (const HeadId id : readers) mask.set(id, !allKept);
  return mask;
}

}  // namespace

Document::Document(EngineFactory factory, QObject* parent) : QObject(parent), m_runner(std::move(factory)) {
  m_gestureEnd.setSingleShot(true);
  m_gestureEnd.setInterval(kGestureEnds);
  connect(&m_gestureEnd, &QTimer::timeout, this, &Document::endSlide);
  askForDevice();
}

void Document::setState(DocumentState state) {
  if (state == m_state) return;
  m_state = state;
  m_progress = {};
  emit stateChanged();
  emit progressChanged();
}

void Document::askForDevice() {
  Job<DeviceSummary> job;
  job.work = [](Engine& engine, const JobContext&) { return engine.device(); };
  job.done = [this](Outcome<DeviceSummary>& outcome) {
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("Nothing can be computed here"), *failure);
    if (const auto* device = std::get_if<DeviceSummary>(&outcome)) m_device = *device;
    emit deviceChanged();
  };
  m_runner.submit(std::move(job));
}

void Document::fail(const QString& what, const Failure& failure) {
  emit failed(what, QString::fromStdString(failure.message));
}

void Document::setSettings(const TrainSettings& settings) {
  if (settings == m_settings) return;
  const bool otherMethod = settings.method != m_settings.method;
  m_settings = settings;
  if (otherMethod) m_settings.reopen = findMethod(settings.method).reopens;
  emit settingsChanged();
}

// ---- the shown mask ------------------------------------------------------------------------------------------------

bool Document::handEdited() const {
  if (m_mask.all() || m_mask.keptCount() == 0) return false;
  if (m_order.empty()) return true;
  // With locks a position of the slider keeps other numbers of heads than it says.
  return m_locked.empty() ? m_mask != firstOfOrder(m_mask.keptCount()) : true;
}

HeadMask Document::firstOfOrder(int kept) const {
  HeadMask mask(m_model->layout, false);
  for (int i = 0; i < kept && i < static_cast<int>(m_order.size()); ++i)
    mask.set(m_order[static_cast<size_t>(i)], true);
  return mask;
}

void Document::setOrder(std::vector<int> order) {
  if (order == m_order) return;
  m_order = std::move(order);
  emit orderChanged();
}

void Document::showMask(const HeadMask& mask) {
  if (mask == m_mask) return;
  m_mask = mask;
  forgetEffect();
  emit maskChanged();
}

HeadMask Document::withLocks(HeadMask wished) const {
  for (const int head : m_locked) wished.set(head, m_mask.kept(head));
  return wished;
}

void Document::editTo(const HeadMask& wished, int gesture) {
  if (!m_model) return;
  const HeadMask mask = withLocks(wished);
  if (mask == m_mask) return;
  const MaskSetter setter = [this](const HeadMask& shown) {
    m_maskFollows = false;
    showMask(shown);
    ask();
  };
  m_undo.push(new MaskCommand(setter, m_mask, mask, gesture));
}

void Document::toggleHead(HeadId head) {
  if (!m_model || !m_mask.layout().contains(head)) return;
  editMask(switched(head));
}

HeadMask Document::switched(HeadId head) const {
  if (m_settings.unit == "group") return groupSwitched(m_mask, head);
  HeadMask mask = m_mask;
  mask.set(head, !mask.kept(head));
  return mask;
}

void Document::toggleGroup(HeadId head) {
  if (!m_model || !m_mask.layout().contains(head)) return;
  editMask(groupSwitched(m_mask, head));
}

void Document::toggleHeads(const std::vector<HeadId>& heads) {
  if (!m_model) return;
  const bool allKept = std::all_of(heads.begin(), heads.end(), [this](HeadId head) {
    return m_mask.kept(head) || m_locked.contains(m_mask.layout().flat(head));
  });
  HeadMask mask = m_mask;
  for (const HeadId head : heads) mask.set(head, !allKept);
  editMask(mask);
}

void Document::toggleLock(HeadId head) {
  if (!m_model || !m_mask.layout().contains(head)) return;
  const int flat = m_mask.layout().flat(head);
  if (m_locked.erase(flat) == 0) m_locked.insert(flat);
  emit locksChanged();
  choose();
}

void Document::slideTo(int kept) {
  if (!m_model || m_order.empty()) return;
  m_gestureEnd.start();
  // Whole groups where the run was trained by group: the stop nearest to where the slider is.
  const std::vector<int> stops = runUnits().stops(m_order);
  const auto nearer = [kept](int a, int b) { return std::abs(a - kept) < std::abs(b - kept); };
  const int stop = *std::min_element(stops.begin(), stops.end(), nearer);
  editTo(firstOfOrder(stop), m_gesture);
  if (stop != kept) emit maskChanged();  // the slider stands between two stops
}

HeadUnits Document::runUnits() const { return {m_model->layout, m_run.settings.unit}; }

int Document::sliderStep() const { return m_model ? std::max(1, runUnits().largest()) : 1; }

HeadMask Document::trainedTop() const {
  const std::vector<int> stops = runUnits().stops(m_order);
  return firstOfOrder(stops[std::min(static_cast<size_t>(std::max(0, m_run.settings.keep)), stops.size() - 1)]);
}

void Document::endSlide() {
  ++m_gesture;
  m_gestureEnd.stop();
}

void Document::editMask(const HeadMask& mask) {
  endSlide();
  editTo(mask, MaskCommand::kNoGesture);
}

void Document::followTraining() {
  m_maskFollows = true;
  if (!isTraining() || m_run.logAlpha.empty()) return;
  carryMask();
}

/// The run moves the mask on: what the last one scored is no longer of interest.
void Document::carryMask() {
  const HeadMask mask = trainedTop();
  if (mask == m_mask) return;
  m_runner.abandon(m_evaluation);
  m_answer.reset();
  showMask(mask);
  emit answerChanged();
}

// ---- what a mask scores --------------------------------------------------------------------------------------------

void Document::weightsChanged() {
  m_runner.abandon(m_evaluation);
  pauseMeasuring();
  m_sweepWanted = false;
  m_answers.clear();
  forgetEffect();
  m_disagreement.reset();
  for (MaskPin& pin : m_pins) pin.answer.reset();
  m_prediction.reset();
  m_comparison.reset();
  if (m_ranking || m_byTime) {
    m_ranking.reset();
    m_byTime = false;
    m_scoredCurve = {};
    setOrder(scoredOrder());
  }
  m_answer.reset();
  m_curve = {};
  emit answerChanged();
  emit comparisonChanged();
  emit curveChanged();
  emit pinsChanged();
  emit disagreementChanged();
  choose();
}

void Document::ask() {
  m_runner.abandon(m_evaluation);
  if (const EvalResult* known = m_answers.find(m_mask)) {
    m_answer = *known;
    m_answerCached = true;
    m_answerStep.reset();
    emit answerChanged();
    askPrediction();
    askComparison();
    return;
  }
  if (!hasDevData() || m_state == DocumentState::Loading) return;
  auto partial = std::make_shared<Feed<EvalResult>>(
      FeedKeeps::Newest, [this](std::vector<EvalResult> values) { receiveAnswer(values.back()); });
  Job<EvalResult> job;
  job.lane = JobLane::Interactive;
  job.feeds = {partial};
  job.work = [mask = m_mask, partial](Engine& engine, const JobContext& context) {
    EvaluateMaskRequest request;
    request.mask = mask;
    return engine.evaluateMask(request, context, [&partial](const EvalResult& result) { partial->post(result); });
  };
  job.done = [this](Outcome<EvalResult>& outcome) {
    if (const auto* result = std::get_if<EvalResult>(&outcome)) {
      receiveAnswer(*result);
      askPrediction();
      askComparison();
      measureEffect();
      return askDisagreement();
    }
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("This mask could not be evaluated"), *failure);
    emit answerChanged();
  };
  m_evaluation = m_runner.submit(std::move(job));
  emit answerChanged();
}

void Document::receiveAnswer(const EvalResult& answer) {
  // While training the weights move on: the answer holds for this moment and is not worth keeping.
  if (!isTraining()) {
    m_answers.remember(answer);
    answerPins();
  }
  m_answer = answer;
  m_answerCached = false;
  m_answerStep = isTraining() ? std::optional(m_run.step) : std::nullopt;
  emit answerChanged();
}

}  // namespace headroom
