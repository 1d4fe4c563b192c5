// SPDX-License-Identifier: GPL-3.0-or-later
// The long jobs of a document that compute: train, sweep, prune.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/gui/document.h"
#include "core/checkpoint/pins_file.h"
#include "core/store/copy_run.h"

namespace headroom {

namespace {

/// More points than this add nothing to plots that are a thousand pixels wide.
constexpr std::int64_t kMostPoints = 4000;

/// Scores that put heads into this order; whole units stay together.
std::vector<double> placesAsScores(const std::vector<int>& order) {
  std::vector<double> scores(order.size());
  for (size_t i = 0; i < order.size(); ++i)
    scores[static_cast<size_t>(order[i])] = static_cast<double>(order.size() - i);
  return scores;
}

}  // namespace

std::function<void(const Progress&)> Document::progressReceiver() {
  return [this](const Progress& progress) {
    m_progress = progress;
    emit progressChanged();
  };
}

// ---- training ------------------------------------------------------------------------------------------------------

void Document::startTraining(const std::string& runPath) {
  if (!mayWork() || !hasTrainData()) return;
  TrainRequest request;
  request.settings = m_settings;
  request.runPath = runPath;
  m_runBefore = std::exchange(m_run, {}).path;
  m_run.path = runPath;
  m_run.settings = m_settings;
  m_maskFollows = true;
  m_pins.clear();
  setOrder({});
  emit pinsChanged();
  emit runBegan();
  submitTraining(request);
}

void Document::resumeTraining() {
  if (m_state == DocumentState::Paused) {
    *m_paused = false;
    setRunStatus("running", std::nullopt);
    setState(DocumentState::Training);
    return;
  }
  if (!mayWork() || !m_run.resumable) return;
  TrainRequest request;
  request.settings = m_run.settings;
  request.runPath = m_run.path;
  request.resume = true;
  submitTraining(request);
}

void Document::submitTraining(const TrainRequest& request) {
  weightsChanged();
  *m_paused = false;
  auto points = std::make_shared<Feed<TrainPoint>>(FeedKeeps::All,
                                                   [this](std::vector<TrainPoint> values) { receivePoints(values); });
  auto events = std::make_shared<Feed<TrainEvent>>(FeedKeeps::All,
                                                   [this](std::vector<TrainEvent> values) { receiveEvents(values); });
  Job<TrainReport> job;
  job.feeds = {points, events};
  job.progress = progressReceiver();
  job.work = [request, points, events, paused = m_paused](Engine& engine, const JobContext& context) {
    const std::int64_t total = request.settings.steps;
    const std::int64_t stride = std::max<std::int64_t>(1, total / kMostPoints);
    TrainObserver observer;
    std::optional<TrainPoint> between;  // seen, but not shown
    observer.point = [&](const TrainPoint& point) {
      const bool shown = point.step % stride == 0 || point.step <= 1 || point.step == total;
      between = shown ? std::nullopt : std::optional(point);
      if (shown) points->post(point);
    };
    observer.event = [events](const TrainEvent& event) { events->post(event); };
    observer.paused = [paused] { return paused->load(); };
    try {
      return engine.trainGates(request, context, observer);
    } catch (...) {
      if (between) points->post(*between);  // where the run was stopped is always shown
      throw;
    }
  };
  job.done = [this](Outcome<TrainReport>& outcome) { finishTraining(outcome); };
  m_trainJob = m_runner.submit(std::move(job));
  listRun({request.runPath, request.settings, std::nullopt, "running", m_model->path, devSha256()});
  setState(DocumentState::Training);
}

void Document::pauseTraining() {
  if (m_state != DocumentState::Training) return;
  *m_paused = true;
  setRunStatus("paused", std::nullopt);
  setState(DocumentState::Paused);
}

void Document::stopTraining() {
  if (!isTraining()) return;
  m_runner.cancel(m_trainJob);
}

void Document::receivePoints(const std::vector<TrainPoint>& points) {
  const TrainPoint& last = points.back();
  m_run.step = last.step;
  if (!last.logAlpha.empty()) {
    m_run.logAlpha = last.logAlpha;
    setOrder(orderOf(last.logAlpha));
    if (m_maskFollows) carryMask();
  }
  emit pointsArrived(points);
}

void Document::receiveEvents(const std::vector<TrainEvent>& events) {
  for (const TrainEvent& event : events) {
    if (event.kind == TrainEventKind::Checkpoint) m_run.resumable = true;
    emit eventArrived(event);
  }
}

void Document::finishTraining(Outcome<TrainReport>& outcome) {
  m_runner.abandon(m_evaluation);
  m_answer.reset();
  setState(DocumentState::Ready);
  emit answerChanged();
  if (const auto* report = std::get_if<TrainReport>(&outcome)) {
    m_run.resumable = false;
    m_lambdaMissed = m_run.settings.method == "l0" && m_run.settings.lambdaSearched && !report->settings.lambdaSearched;
    m_run.settings = report->settings;  // lambda may have been looked for
    setRunStatus("finished", *report);
    adoptReport(*report);
    emit trained(*report);
    if (hasDevData() && hasOrder()) sweep();
  } else if (const auto* failure = std::get_if<Failure>(&outcome)) {
    fail(tr("Training stopped at step %1").arg(m_run.step), *failure);
    nothingWasTrained() ? forgetRun() : setRunStatus("failed", std::nullopt);
  } else if (nothingWasTrained()) {
    forgetRun();
    emit trainingStopped(-1);
    if (!m_runBefore.empty()) openRun(m_runBefore);  // whose weights the engine may have still
  } else {
    setRunStatus("stopped", std::nullopt);
    emit trainingStopped(m_run.step);
  }
  emit stateChanged();  // resumable or not
}

bool Document::nothingWasTrained() const {
  std::error_code ignored;
  return m_run.step == 0 && !m_run.resumable && !std::filesystem::exists(m_run.path, ignored);
}

void Document::forgetRun() {
  std::erase_if(m_runs, [this](const SessionRun& run) { return run.path == m_run.path; });
  m_run = {};
  emit runBegan();
  emit runsChanged();
}

void Document::adoptReport(const TrainReport& report) {
  m_run.report = report;
  if (report.metric.examples > 0) {
    EvalResult answer;
    answer.mask = report.mask;
    answer.metric = report.metric;
    answer.loss = report.loss;
    answer.examplesTotal = report.metric.examples;
    answer.complete = true;
    answer.toFull = report.toFull;
    m_answers.remember(answer);
  }
  if (m_maskFollows && report.mask.layout() == m_model->layout) showMask(report.mask);
  if (hasDevData()) ask();
}

void Document::setRunStatus(const std::string& status, const std::optional<TrainReport>& report) {
  for (SessionRun& run : m_runs) {
    if (run.path != m_run.path) continue;
    run.status = status;
    run.report = report;
    if (report) run.settings = report->settings;
  }
  emit runsChanged();
}

std::string Document::devSha256() const { return m_data ? m_data->dev.sha256 : std::string(); }

std::vector<SessionRun> Document::comparableRuns() const {
  std::vector<SessionRun> runs;
  for (const SessionRun& run : m_runs)
    if (m_model && run.path != m_run.path && run.report && run.report->metric.examples > 0 &&
        run.modelPath == m_model->path && run.devSha256 == devSha256() && run.report->mask.layout() == m_model->layout)
      runs.push_back(run);
  return runs;
}

void Document::listRun(SessionRun run) {
  const auto same = std::find_if(m_runs.begin(), m_runs.end(), [&](const SessionRun& r) { return r.path == run.path; });
  if (same == m_runs.end()) {
    m_runs.push_back(std::move(run));
  } else {
    *same = std::move(run);
  }
  emit runsChanged();
}

// ---- sweep and prune -----------------------------------------------------------------------------------------------

void Document::sweep() {
  if (!mayWork() || !hasDevData() || !hasOrder()) return;
  pauseMeasuring();
  m_sweepWanted = true;
  SweepRequest request;
  request.trainedKeep = m_run.settings.keep;
  request.unit = m_run.settings.unit;
  request.runPath = m_device.dtype == "float32" ? m_run.path : std::string();  // a run keeps what it measures exactly
  request.orderOrigin = "log alpha of " + std::filesystem::path(m_run.path).filename().string();
  if (m_ranking) {
    request.scores = m_ranking->scores;
    request.orderOrigin = m_ranking->title;
  }
  if (m_byTime) {
    request.scores = placesAsScores(m_order);
    request.orderOrigin += ", by time saved";
  }
  if (m_ranking || m_byTime) {  // no curve of the run's own
    request.trainedKeep = -1;
    request.runPath.clear();
  }
  auto partial = std::make_shared<Feed<Curve>>(FeedKeeps::Newest,
                                               [this](std::vector<Curve> values) { receiveCurve(values.back()); });
  Job<Curve> job;
  job.feeds = {partial};
  job.progress = progressReceiver();
  job.work = [request, partial](Engine& engine, const JobContext& context) {
    return engine.sweepCurve(request, context, [&partial](const Curve& curve) { partial->post(curve); });
  };
  job.done = [this](Outcome<Curve>& outcome) {
    m_sweepWanted = false;
    m_progress = {};
    if (const auto* curve = std::get_if<Curve>(&outcome)) {
      receiveCurve(*curve);
      if (!curve->notSaved.empty())
        emit failed(tr("The curve was not saved in the run"), QString::fromStdString(curve->notSaved));
    }
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The sweep stopped"), *failure);
    emit progressChanged();
    emit stateChanged();
    goOnMeasuring();
  };
  m_sweepJob = m_runner.submit(std::move(job));
  emit stateChanged();
}

void Document::pauseMeasuring() {
  m_runner.abandon(m_sweepJob);
  m_runner.abandon(m_randomJob);
}

void Document::goOnMeasuring() {
  if (m_sweepWanted) return sweep();
  if (m_curve.complete) measureRandomMasks();
}

void Document::measureRandomMasks() {
  if (m_randomUnit != m_run.settings.unit) forgetRandomMasks();
  if (!mayWork() || !hasDevData() || m_randomComplete || m_runner.isLive(m_randomJob)) return;
  using Points = std::vector<CurvePoint>;
  auto partial = std::make_shared<Feed<Points>>(FeedKeeps::Newest,
                                                [this](std::vector<Points> values) { showRandomMasks(values.back()); });
  Job<Points> job;
  job.feeds = {partial};
  job.progress = progressReceiver();
  RandomMasksRequest request;
  request.unit = m_randomUnit = m_run.settings.unit;
  job.work = [request, partial](Engine& engine, const JobContext& context) {
    return engine.measureRandomMasks(request, context, [&partial](const Points& points) { partial->post(points); });
  };
  job.done = [this](Outcome<Points>& outcome) {
    m_progress = {};
    m_randomComplete = std::holds_alternative<Points>(outcome);
    if (const auto* points = std::get_if<Points>(&outcome)) showRandomMasks(*points);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("Random masks were not measured"), *failure);
    emit progressChanged();
    emit stateChanged();
  };
  m_randomJob = m_runner.submit(std::move(job));
  emit stateChanged();
}

void Document::forgetRandomMasks() {
  m_runner.abandon(m_randomJob);
  m_randomComplete = false;
  showRandomMasks({});
}

void Document::showRandomMasks(const std::vector<CurvePoint>& points) {
  m_random = points;
  emit randomMasksChanged();
}

void Document::receiveCurve(const Curve& curve) {
  if (curve.layout != m_model->layout) return;
  m_curve = curve;
  m_answers.remember(curve);
  answerPins();
  if (!curve.order.empty()) setOrder(curve.order);
  emit curveChanged();
  choose();
}

void Document::prune(const std::string& form, const std::string& outPath, bool overwrite, bool foldValueBias) {
  if (!mayWork()) return;
  pauseMeasuring();
  setState(DocumentState::Busy);
  PruneRequest request;
  request.mask = m_mask;
  request.form = form;
  request.outPath = outPath;
  request.overwrite = overwrite;
  request.foldValueBias = foldValueBias;
  Job<PruneReport> job;
  job.work = [request](Engine& engine, const JobContext& context) { return engine.pruneModel(request, context); };
  job.progress = progressReceiver();
  job.done = [this](Outcome<PruneReport>& outcome) {
    setState(DocumentState::Ready);
    if (const auto* report = std::get_if<PruneReport>(&outcome)) emit pruned(*report);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The pruned model was not saved"), *failure);
    goOnMeasuring();
  };
  m_runner.submit(std::move(job));
}

void Document::copyRun(const std::string& path) {
  if (!mayWork() || m_run.path.empty()) return;
  const auto copy = [from = m_run.path, path, pins = pinsToKeep(),
                     origin = pinsOrigin(m_data, m_run.report, m_run.step)](Engine&) {
    copyRunFiles(from, path);
    try {
      writePinsFile(pinsPath(path), pins, origin);
    } catch (const Error& failure) {
      throw Error(failure.kind(), std::string(failure.what()) + "; the run itself is copied");
    }
  };
  writeBeside(path, copy, &Document::runCopied, tr("The run was not copied"));
}

void Document::saveReport(const std::string& path) {
  if (!mayWork() || m_run.path.empty()) return;
  const auto save = [run = m_run.path, path](Engine& engine) { engine.writeReport(run, path); };
  writeBeside(path, save, &Document::reportSaved, tr("The report was not saved"));
}

void Document::writeBeside(const std::string& path, const std::function<void(Engine&)>& write,
                           void (Document::*written)(const QString&), const QString& failed) {
  pauseMeasuring();  // it may be writing its curve into the run's file
  Job<std::string> job;
  job.work = [path, write](Engine& engine, const JobContext&) {
    write(engine);
    return path;
  };
  job.done = [this, written, failed](Outcome<std::string>& outcome) {
    if (const auto* done = std::get_if<std::string>(&outcome)) emit(this->*written)(QString::fromStdString(*done));
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(failed, *failure);
    goOnMeasuring();
  };
  m_runner.submit(std::move(job));
}

}  // namespace headroom
