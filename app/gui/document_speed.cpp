// SPDX-License-Identifier: GPL-3.0-or-later
// What heads cost on this machine, which mask that makes the best one, other ways to judge heads than the run's, and
// all of them side by side.
#include <algorithm>
#include <utility>

#include "app/gui/document.h"
#include "core/propose/latency_order.h"

namespace headroom {

void Document::measureLatency(int batch, int length) {
  if (!mayWork() || isMeasuringLatency()) return;
  pauseMeasuring();  // nothing else may compute beside it
  LatencySettings settings;
  settings.batch = batch;
  settings.length = length;
  Job<LatencyTable> job;
  job.progress = progressReceiver();
  job.work = [settings](Engine& engine, const JobContext& context) { return engine.measureLatency(settings, context); };
  job.done = [this](Outcome<LatencyTable>& outcome) {
    m_progress = {};
    if (const auto* table = std::get_if<LatencyTable>(&outcome)) {
      m_unsureLatency.reset();
      (table->busy.empty() ? m_latency : m_unsureLatency) = *table;
      if (table->busy.empty()) keepLatency();
    }
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The layers could not be timed"), *failure);
    emit progressChanged();
    adoptLatency();
    emit stateChanged();
    goOnMeasuring();
  };
  m_latencyJob = m_runner.submit(std::move(job));
  emit latencyChanged();
  emit stateChanged();
}

void Document::useUnsureLatency() {
  if (!m_unsureLatency) return;
  m_latency = std::exchange(m_unsureLatency, std::nullopt);
  keepLatency();
  const std::vector<int> before = m_order;
  adoptLatency();
  if (m_order != before) goOnMeasuring();  // else a sweep that is under way would begin anew
}

/// Waits for what writes into the run's file now.
void Document::keepLatency() {
  if (m_run.path.empty()) return;
  Job<std::string> job;
  job.work = [path = m_run.path, table = *m_latency](Engine& engine, const JobContext&) {
    engine.keepLatency(path, table);
    return path;
  };
  job.done = [this](Outcome<std::string>& outcome) {
    if (const auto* failure = std::get_if<Failure>(&outcome))
      fail(tr("What heads cost is shown, but was not kept in the run"), *failure);
  };
  m_runner.submit(std::move(job));
}

bool Document::latencyIsFromElsewhere() const {
  return m_latency && !m_latency->measuredOn(m_device.machine, m_device.name, m_device.threads);
}

/// The times that are known now decide the order, too, where it is theirs.
void Document::adoptLatency() {
  emit latencyChanged();
  if (m_byTime) {
    const std::vector<int> order = timeOrder();
    if (order != m_order) {
      pauseMeasuring();
      return reorder(order);
    }
  }
  choose();
}

void Document::choose() {
  m_choices = m_latency && !m_curve.points.empty() && m_curve.layout == m_mask.layout()
                  ? choicesAlong(m_curve, *m_latency)
                  : std::vector<MaskChoice>();
  // What the locks would change was not measured, and may break the bounds.
  std::erase_if(m_choices, [this](const MaskChoice& choice) { return withLocks(choice.mask) != choice.mask; });
  markPareto(m_choices);
  emit choicesChanged();
}

void Document::setDemand(const Demand& demand) {
  m_demand = demand;
  emit choicesChanged();
}

void Document::takeBest() {
  if (const auto index = best()) editMask(m_choices[*index].mask);
}

void Document::stepPareto(int direction) {
  if (m_choices.empty()) return;
  const double now = m_latency->predict(m_mask);
  const MaskChoice* next = nullptr;
  for (const MaskChoice& choice : m_choices) {
    if (!choice.pareto || choice.mask == m_mask || (direction < 0 ? choice.ms >= now : choice.ms <= now)) continue;
    if (!next || std::abs(choice.ms - now) < std::abs(next->ms - now)) next = &choice;
  }
  if (next) editMask(next->mask);
}

void Document::rankBy(const std::string& method, const std::string& title) {
  judgeHeads(method, [this, method, title](const HeadScores& scores) { adoptRanking(method, title, scores); });
}

void Document::chooseBy(const std::string& method) {
  judgeHeads(method, [this, keep = m_mask.keptCount()](const HeadScores& scores) {
    editMask(keepTop(m_model->layout, scores.values, keep));
  });
}

void Document::judgeHeads(const std::string& method, std::function<void(const HeadScores&)> adopt) {
  if (!mayWork() || !hasTrainData()) return;
  pauseMeasuring();
  Job<HeadScores> job;
  job.progress = progressReceiver();
  ScoreRequest request;
  request.method = method;
  request.keep = m_mask.keptCount();
  job.work = [request](Engine& engine, const JobContext& context) { return engine.scoreHeads(request, context); };
  job.done = [this, adopt = std::move(adopt)](Outcome<HeadScores>& outcome) {
    m_progress = {};
    emit progressChanged();
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The heads could not be judged"), *failure);
    if (const auto* scores = std::get_if<HeadScores>(&outcome)) adopt(*scores);
    emit stateChanged();
    goOnMeasuring();
  };
  m_runner.submit(std::move(job));
}

void Document::adoptRanking(const std::string& method, const std::string& title, const HeadScores& scores) {
  m_ranking = Ranking{method, title, scores.values};
  m_scoredCurve = {};
  reorder(m_byTime ? timeOrder() : scoredOrder());
}

std::vector<int> Document::scoredOrder() const {
  if (m_ranking) return runUnits().order(m_ranking->scores);
  return m_run.logAlpha.empty() ? std::vector<int>() : orderOf(m_run.logAlpha);
}

std::vector<int> Document::timeOrder() const {
  if (m_ranking) return latencyOrder(runUnits(), m_ranking->scores, *m_latency);
  return latencyOrder(runUnits(), std::vector<double>(m_run.logAlpha.begin(), m_run.logAlpha.end()), *m_latency);
}

/// What was measured along another order is no longer shown; the caller goes on measuring.
void Document::reorder(std::vector<int> order) {
  m_curve = {};
  setOrder(std::move(order));
  emit curveChanged();
  choose();
  m_sweepWanted = hasDevData();
}

void Document::orderByTime(bool byTime) {
  if (byTime == m_byTime || !mayWork() || !m_latency || !hasScores()) return;
  pauseMeasuring();
  m_byTime = byTime;
  if (byTime) {
    m_scoredCurve = m_curve.complete ? m_curve : Curve();
    reorder(timeOrder());
  } else {
    const Curve scored = std::exchange(m_scoredCurve, {});
    reorder(scoredOrder());
    if (scored.complete) {
      m_sweepWanted = false;
      receiveCurve(scored);
    }
  }
  goOnMeasuring();
}

void Document::compareMethods(const CompareRequest& request) {
  if (!mayWork() || !hasTrainData() || !hasDevData()) return;
  pauseMeasuring();
  setState(DocumentState::Busy);
  auto partial = std::make_shared<Feed<Comparison>>(
      FeedKeeps::Newest, [this](std::vector<Comparison> values) { emit campaignChanged(values.back()); });
  Job<Comparison> job;
  job.feeds = {partial};
  job.progress = progressReceiver();
  job.work = [request, partial](Engine& engine, const JobContext& context) {
    JobContext alone = context;
    alone.betweenBatches =
        {};  // the engine holds other weights than the window shows: nothing may be asked of it in between
    return engine.compareMethods(request, alone,
                                 [&partial](const Comparison& comparison) { partial->post(comparison); });
  };
  job.done = [this](Outcome<Comparison>& outcome) {
    m_progress = {};
    emit progressChanged();
    setState(DocumentState::Ready);
    if (const auto* comparison = std::get_if<Comparison>(&outcome)) emit campaignChanged(*comparison);
    emit campaignEnded();
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      fail(tr("The methods could not be compared"), *failure);
      emit campaignFailed(QString::fromStdString(failure->message));
    }
    goOnMeasuring();
  };
  m_campaignJob = m_runner.submit(std::move(job));
  emit stateChanged();  // what makes it busy is known now
}

void Document::stopComparing() { m_runner.cancel(m_campaignJob); }

void Document::openCampaign(const std::string& path) {
  if (!mayWork()) return;
  pauseMeasuring();  // long jobs wait for each other
  Job<Comparison> job;
  job.work = [path](Engine& engine, const JobContext&) { return engine.openCampaign(path); };
  job.done = [this, path](Outcome<Comparison>& outcome) {
    if (const auto* comparison = std::get_if<Comparison>(&outcome)) {
      emit campaignChanged(*comparison);
      emit campaignOpened(QString::fromStdString(path));
    }
    if (const auto* failure = std::get_if<Failure>(&outcome)) {
      fail(tr("The comparison was not opened"), *failure);
      emit campaignFailed(QString::fromStdString(failure->message));
    }
    goOnMeasuring();
  };
  m_runner.submit(std::move(job));
}

}  // namespace headroom
