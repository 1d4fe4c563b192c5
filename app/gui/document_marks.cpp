// SPDX-License-Identifier: GPL-3.0-or-later
// What is marked on the trade-off beside the curve: pinned masks and masks that were timed. And in which element type
// all of it is measured.
#include <algorithm>

#include "app/gui/document.h"
#include "core/checkpoint/pins_file.h"

namespace headroom {

namespace {

constexpr double kTimingSeconds = 10;  // for two models, where a table of many takes 30

}  // namespace

// ---- pins ----------------------------------------------------------------------------------------------------------

bool Document::isPinned() const {
  return std::any_of(m_pins.begin(), m_pins.end(), [this](const MaskPin& pin) { return pin.mask == m_mask; });
}

void Document::togglePin() {
  if (!m_model) return;
  if (std::erase_if(m_pins, [this](const MaskPin& pin) { return pin.mask == m_mask; }) == 0)
    m_pins.push_back({freePinName(m_pins), m_mask, std::nullopt});
  answerPins();
  savePins();
  emit pinsChanged();
}

void Document::clearPins() {
  m_pins.clear();
  savePins();
  emit pinsChanged();
}

void Document::showPin(int index) {
  if (index < 0 || index >= static_cast<int>(m_pins.size())) return;
  editMask(HeadMask(m_pins[static_cast<size_t>(index)].mask));
}

/// A pin that has no answer takes the one that is known of its mask by now.
void Document::answerPins() {
  bool changed = false;
  for (MaskPin& pin : m_pins) {
    const EvalResult* known = pin.answer ? nullptr : m_answers.find(pin.mask);
    if (known == nullptr) continue;
    pin.answer = *known;
    changed = true;
  }
  if (!changed) return;
  savePins();
  emit pinsChanged();
}

/// The run's weights are known by their hash once it has ended, and until then by its steps.
PinsOrigin Document::pinsOrigin(const std::optional<DataSummary>& data, const std::optional<TrainReport>& report,
                                std::int64_t step) {
  return {data ? data->dev.sha256 : std::string(), report ? report->weightsSha256 : "step " + std::to_string(step)};
}

/// As they are written beside a run. In another element type the answers are not those that the run would give: those
/// that are there already stay.
std::vector<MaskPin> Document::pinsToKeep() const {
  std::vector<MaskPin> pins = m_pins;
  if (m_device.dtype == "float32") return pins;
  std::vector<MaskPin> before;
  try {
    before = readPinsFile(pinsPath(m_run.path), m_model->layout, pinsOrigin(m_data, m_run.report, m_run.step));
  } catch (const Error&) {
    // A damaged file was reported when the run was opened; it holds no answers to keep.
  }
  for (MaskPin& pin : pins) {
    const auto known =
        std::find_if(before.begin(), before.end(), [&](const MaskPin& each) { return each.mask == pin.mask; });
    pin.answer = known == before.end() ? std::nullopt : known->answer;
  }
  return pins;
}

void Document::savePins() {
  if (m_run.path.empty()) return;
  try {
    writePinsFile(pinsPath(m_run.path), pinsToKeep(), pinsOrigin(m_data, m_run.report, m_run.step));
  } catch (const Error& error) {
    emit failed(tr("The pins were not saved"), QString::fromStdString(error.what()));
  }
}

void Document::adoptPins(std::vector<MaskPin> pins) {
  m_pins = std::move(pins);
  for (const MaskPin& pin : m_pins)
    if (pin.answer) m_answers.remember(*pin.answer);
  emit pinsChanged();
}

// ---- timed masks ---------------------------------------------------------------------------------------------------

void Document::timeMask(int batch, int length) {
  if (!mayWork() || isMeasuringLatency()) return;
  pauseMeasuring();  // nothing else may compute beside it
  LatencySettings settings;
  settings.batch = batch;
  settings.length = length;
  settings.secondsAtMost = kTimingSeconds;
  Job<VerifiedLatency> job;
  job.progress = progressReceiver();
  job.work = [mask = m_mask, settings](Engine& engine, const JobContext& context) {
    return engine.verifyLatency(mask, settings, context);
  };
  job.done = [this, mask = m_mask, settings](Outcome<VerifiedLatency>& outcome) {
    m_progress = {};
    if (const auto* time = std::get_if<VerifiedLatency>(&outcome)) adoptTime(mask, settings, *time);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The mask could not be timed"), *failure);
    emit progressChanged();
    emit latencyChanged();
    emit stateChanged();
    goOnMeasuring();
  };
  m_latencyJob = m_runner.submit(std::move(job));
  emit latencyChanged();
  emit stateChanged();
}

void Document::adoptTime(const HeadMask& mask, const LatencySettings& settings, const VerifiedLatency& time) {
  if (!m_model || mask.layout() != m_model->layout) return;
  if (settings.batch != m_timedAt.batch || settings.length != m_timedAt.length) m_timed.clear();
  m_timedAt = settings;
  std::erase_if(m_timed, [&](const TimedMask& timed) { return timed.mask == mask; });
  m_timed.push_back({mask, time});
  emit timedChanged();
}

void Document::forgetTimed() {
  m_timed.clear();
  emit timedChanged();
}

// ---- the element type ----------------------------------------------------------------------------------------------

void Document::setEvaluationType(const std::string& dtype) {
  if (!mayWork() && m_state != DocumentState::Empty) return;
  const bool hadCurve = !m_curve.points.empty() || isSweeping();
  Job<DeviceSummary> job;
  job.work = [dtype](Engine& engine, const JobContext&) {
    engine.setEvaluationType(dtype);
    return engine.device();
  };
  job.done = [this, hadCurve](Outcome<DeviceSummary>& outcome) {
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The element type was not changed"), *failure);
    if (const auto* device = std::get_if<DeviceSummary>(&outcome)) m_device = *device;
    emit deviceChanged();
    const std::optional<Ranking> ranking = m_ranking;
    const std::vector<int> order = m_byTime ? scoredOrder() : m_order;  // the times belong to the other type
    weightsChanged();
    m_ranking = ranking;
    setOrder(order);
    forgetRandomMasks();
    forgetTimed();
    m_latency.reset();
    m_unsureLatency.reset();
    emit latencyChanged();
    if (m_model && hasDevData()) ask();
    askDisagreement();  // before the sweep, which takes longer
    m_sweepWanted = hadCurve;
    goOnMeasuring();
  };
  pauseMeasuring();
  m_runner.submit(std::move(job));
}

/// Once for a model, with every head, where it is evaluated in a short type.
void Document::askDisagreement() {
  if (m_device.dtype == "float32" || m_disagreement || !hasDevData() || !mayWork()) return;
  if (m_runner.isLive(m_disagreementJob)) return;
  Job<std::optional<TypeDisagreement>> job;
  job.work = [mask = HeadMask(m_model->layout)](Engine& engine, const JobContext& context) {
    return engine.measureTypeDisagreement(mask, context);
  };
  job.done = [this](Outcome<std::optional<TypeDisagreement>>& outcome) {
    if (const auto* found = std::get_if<std::optional<TypeDisagreement>>(&outcome)) m_disagreement = *found;
    if (const auto* failure = std::get_if<Failure>(&outcome))
      fail(tr("The element types could not be compared"), *failure);
    emit disagreementChanged();
  };
  m_disagreementJob = m_runner.submit(std::move(job));
}

}  // namespace headroom
