// SPDX-License-Identifier: GPL-3.0-or-later
// The long jobs of a document: open, train, sweep, prune.
#include <algorithm>
#include <filesystem>

#include "app/gui/document.h"

namespace headroom {

namespace {

/// More points than this add nothing to plots that are a thousand pixels wide.
constexpr std::int64_t kMostPoints = 4000;
/// Long enough for the gates of a small model to settle, short enough to watch.
constexpr std::int64_t kFirstSteps = 1200;

ModelSummary summaryFromRun(Engine& engine, const RunSnapshot& run) {
  try {
    return engine.describeModel(run.modelPath);
  } catch (const Error&) {
    // The folder may have been moved since: the run's own checkpoint carries the weights.
    ModelSummary summary;
    summary.path = run.modelPath;
    summary.name = std::filesystem::path(run.modelPath).filename().string();
    summary.layout = run.layout;
    summary.layers = run.layout.blockCount();
    return summary;
  }
}

}  // namespace

std::function<void(const Progress&)> Document::progressReceiver() {
  return [this](const Progress& progress) {
    m_progress = progress;
    emit progressChanged();
  };
}

// ---- opening -------------------------------------------------------------------------------------------------------

void Document::openModel(const std::string& path, const std::string& trainPath, const std::string& devPath) {
  if (isTraining() || m_state == DocumentState::Busy) return;
  OpenDataRequest data;
  data.trainPath = trainPath;
  data.devPath = devPath;
  data.maxLength = m_settings.maxLength;
  beginOpening(
      [path, data](Engine& engine, const JobContext& context) {
        Opened opened;
        opened.device = engine.device();
        opened.model = engine.openModel({path}, context);
        opened.settings = engine.recommendedSettings(opened.model);
        if (data.trainPath.empty() && data.devPath.empty()) return opened;
        try {
          opened.data = engine.openData(data, context);
        } catch (const Error& error) {
          opened.dataFailure = error.what();  // the model is of use without data
        }
        return opened;
      },
      tr("The model could not be opened"));
}

void Document::openRun(const std::string& path) {
  if (isTraining() || m_state == DocumentState::Busy) return;
  beginOpening(
      [path](Engine& engine, const JobContext& context) {
        Opened opened;
        opened.device = engine.device();
        opened.run = engine.openRun(path, context);
        opened.model = summaryFromRun(engine, *opened.run);
        if (opened.run->trainPath.empty() && opened.run->devPath.empty()) return opened;
        try {
          OpenDataRequest data;
          data.trainPath = opened.run->trainPath;
          data.devPath = opened.run->devPath;
          data.maxLength = opened.run->settings.maxLength;
          opened.data = engine.openData(data, context);
        } catch (const Error& error) {
          opened.dataFailure = error.what();
        }
        return opened;
      },
      tr("The run could not be opened"));
}

void Document::beginOpening(std::function<Opened(Engine&, const JobContext&)> work, const QString& what) {
  m_runner.abandon(m_openJob);
  m_runner.abandon(m_evaluation);
  pauseSweep();
  setState(DocumentState::Loading);
  Job<Opened> job;
  job.work = std::move(work);
  job.done = [this, what](Outcome<Opened>& outcome) { finishOpening(outcome, what); };
  job.progress = progressReceiver();
  m_openJob = m_runner.submit(std::move(job));
}

void Document::finishOpening(Outcome<Opened>& outcome, const QString& what) {
  if (auto* opened = std::get_if<Opened>(&outcome)) {
    adopt(std::move(*opened));
    return;
  }
  setState(m_model ? DocumentState::Ready : DocumentState::Failed);
  if (const auto* failure = std::get_if<Failure>(&outcome)) fail(what, *failure);
  if (m_sweepWanted) sweep();
}

void Document::adopt(Opened opened) {
  weightsChanged();
  m_device = opened.device;
  m_model = std::move(opened.model);
  m_data.reset();
  m_run = {};
  m_maskFollows = true;
  m_undo.clear();
  m_order.clear();
  m_mask = HeadMask(m_model->layout);
  m_settings = opened.settings;
  if (m_settings.steps == 0) m_settings.steps = kFirstSteps;
  emit deviceChanged();
  emit modelChanged();
  emit orderChanged();
  emit maskChanged();
  emit settingsChanged();
  emit runBegan();
  setState(DocumentState::Ready);
  if (opened.data) adoptData(std::move(*opened.data));
  if (opened.run) adoptRun(*opened.run);
  if (!opened.dataFailure.empty())
    emit failed(tr("The data could not be opened"), QString::fromStdString(opened.dataFailure));
  if (hasDevData()) ask();
  if (opened.run && !m_curve.complete && hasDevData() && hasOrder()) sweep();
}

void Document::openData(const std::string& trainPath, const std::string& devPath) {
  if (!mayWork()) return;
  m_runner.abandon(m_evaluation);
  pauseSweep();
  setState(DocumentState::Loading);
  OpenDataRequest request;
  request.trainPath = trainPath;
  request.devPath = devPath;
  request.maxLength = m_settings.maxLength;
  Job<DataSummary> job;
  job.work = [request](Engine& engine, const JobContext& context) { return engine.openData(request, context); };
  job.done = [this](Outcome<DataSummary>& outcome) {
    setState(DocumentState::Ready);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The data could not be opened"), *failure);
    if (auto* data = std::get_if<DataSummary>(&outcome)) {
      weightsChanged();  // what was measured belongs to the other texts
      adoptData(std::move(*data));
      ask();
    }
  };
  job.progress = progressReceiver();
  m_openJob = m_runner.submit(std::move(job));
}

void Document::adoptData(DataSummary data) {
  m_data = std::move(data);
  emit dataChanged();
  emit stateChanged();  // training and evaluation are possible now
}

void Document::adoptRun(const RunSnapshot& run) {
  m_run.path = run.path;
  m_run.settings = run.settings;
  m_run.report = run.report;
  m_run.resumable = run.resumable;
  m_settings = run.settings;
  if (!run.points.empty()) {
    m_run.logAlpha = run.points.back().logAlpha;
    m_run.step = run.points.back().step;
  }
  emit settingsChanged();
  emit runOpened(run);
  if (!m_run.logAlpha.empty()) setOrder(orderOf(m_run.logAlpha));
  if (run.curve) receiveCurve(*run.curve);
  if (run.report && run.report->mask.layout() == m_model->layout) {
    adoptReport(*run.report);
  } else if (hasOrder()) {
    showMask(firstOfOrder(run.settings.keep));
  }
  const std::optional<double> score = run.report ? std::optional(run.report->metric.value) : std::nullopt;
  listRun({run.path, run.settings, score, run.status});
  emit stateChanged();
}

// ---- training ------------------------------------------------------------------------------------------------------

void Document::startTraining(const std::string& runPath) {
  if (!mayWork() || !hasTrainData()) return;
  TrainRequest request;
  request.settings = m_settings;
  request.runPath = runPath;
  m_run = {};
  m_run.path = runPath;
  m_run.settings = m_settings;
  m_maskFollows = true;
  setOrder({});
  emit runBegan();
  submitTraining(request);
}

void Document::resumeTraining() {
  if (m_state == DocumentState::Paused) {
    *m_paused = false;
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
  auto points = std::make_shared<Feed<TrainPoint>>(
      FeedKeeps::All, [this](std::vector<TrainPoint> values) { receivePoints(values); });
  auto events = std::make_shared<Feed<TrainEvent>>(
      FeedKeeps::All, [this](std::vector<TrainEvent> values) { receiveEvents(values); });
  Job<TrainReport> job;
  job.feeds = {points, events};
  job.progress = progressReceiver();
  job.work = [request, points, events, paused = m_paused](Engine& engine, const JobContext& context) {
    const std::int64_t total = request.settings.steps;
    const std::int64_t stride = std::max<std::int64_t>(1, total / kMostPoints);
    TrainObserver observer;
    observer.point = [points, stride, total](const TrainPoint& point) {
      if (point.step % stride == 0 || point.step <= 1 || point.step == total) points->post(point);
    };
    observer.event = [events](const TrainEvent& event) { events->post(event); };
    observer.paused = [paused] { return paused->load(); };
    return engine.trainGates(request, context, observer);
  };
  job.done = [this](Outcome<TrainReport>& outcome) { finishTraining(outcome); };
  m_trainJob = m_runner.submit(std::move(job));
  listRun({request.runPath, request.settings, std::nullopt, "running"});
  setState(DocumentState::Training);
}

void Document::pauseTraining() {
  if (m_state != DocumentState::Training) return;
  *m_paused = true;
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
    if (m_maskFollows) showMask(firstOfOrder(m_run.settings.keep));
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
    setRunStatus("finished", report->metric.value);
    adoptReport(*report);
    emit trained(*report);
    if (hasDevData() && hasOrder()) sweep();
  } else if (const auto* failure = std::get_if<Failure>(&outcome)) {
    setRunStatus("failed", std::nullopt);
    fail(tr("Training stopped at step %1").arg(m_run.step), *failure);
  } else {
    setRunStatus("stopped", std::nullopt);
    emit trainingStopped(m_run.step);
  }
  emit stateChanged();  // resumable or not
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

void Document::setRunStatus(const std::string& status, std::optional<double> score) {
  for (SessionRun& run : m_runs) {
    if (run.path != m_run.path) continue;
    run.status = status;
    run.score = score;
  }
  emit runsChanged();
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
  m_runner.abandon(m_sweepJob);
  m_sweepWanted = true;
  SweepRequest request;
  request.trainedKeep = m_run.settings.keep;
  request.runPath = m_run.path;
  request.orderOrigin = "log alpha of " + std::filesystem::path(m_run.path).filename().string();
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
    if (const auto* curve = std::get_if<Curve>(&outcome)) receiveCurve(*curve);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The sweep stopped"), *failure);
    emit progressChanged();
    emit stateChanged();
  };
  m_sweepJob = m_runner.submit(std::move(job));
  emit stateChanged();
}

void Document::pauseSweep() { m_runner.abandon(m_sweepJob); }

void Document::receiveCurve(const Curve& curve) {
  if (curve.layout != m_model->layout) return;
  m_curve = curve;
  m_answers.remember(curve);
  if (!curve.order.empty()) setOrder(curve.order);
  emit curveChanged();
}

void Document::prune(const std::string& form, const std::string& outPath, bool overwrite) {
  if (!mayWork()) return;
  pauseSweep();
  setState(DocumentState::Busy);
  PruneRequest request;
  request.mask = m_mask;
  request.form = form;
  request.outPath = outPath;
  request.overwrite = overwrite;
  Job<PruneReport> job;
  job.work = [request](Engine& engine, const JobContext& context) { return engine.pruneModel(request, context); };
  job.progress = progressReceiver();
  job.done = [this](Outcome<PruneReport>& outcome) {
    setState(DocumentState::Ready);
    if (const auto* report = std::get_if<PruneReport>(&outcome)) emit pruned(*report);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The pruned model was not saved"), *failure);
    if (m_sweepWanted) sweep();
  };
  m_runner.submit(std::move(job));
}

void Document::copyRun(const std::string& path) {
  if (!mayWork() || m_run.path.empty()) return;
  pauseSweep();  // it may be writing its curve into the file
  Job<std::string> job;
  job.work = [from = m_run.path, path](Engine&, const JobContext&) {
    std::error_code error;
    std::filesystem::copy_file(from, path, std::filesystem::copy_options::overwrite_existing, error);
    if (error) throw Error(ErrorKind::Io, path + ": " + error.message());
    return path;
  };
  job.done = [this](Outcome<std::string>& outcome) {
    if (const auto* copied = std::get_if<std::string>(&outcome)) emit runCopied(QString::fromStdString(*copied));
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The run was not copied"), *failure);
    if (m_sweepWanted) sweep();
  };
  m_runner.submit(std::move(job));
}

}  // namespace headroom
