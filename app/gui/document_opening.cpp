// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs of a document that open models, data and runs.
#include <exception>

#include "app/gui/document.h"
#include "core/checkpoint/pins_file.h"

namespace headroom {

namespace {

/// Long enough for the gates of a small model to settle, short enough to watch.
constexpr std::int64_t kFirstSteps = 1200;

/// The newest table of this device, else the newest of another one; none of another element type, whose times would be
/// shown as this one's.
const LatencyTable* latencyFor(const DeviceSummary& device, const std::vector<LatencyTable>& newestFirst) {
  const LatencyTable* elsewhere = nullptr;
  for (const LatencyTable& table : newestFirst) {
    if (table.dtype != device.dtype) continue;
    if (table.measuredOn(device.machine, device.name, device.threads)) return &table;
    if (!elsewhere) elsewhere = &table;
  }
  return elsewhere;
}

}  // namespace

void Document::openModel(const std::string& path, const std::string& trainPath, const std::string& devPath) {
  if (isTraining() || m_state == DocumentState::Busy) return;
  OpenDataRequest data;
  data.trainPath = trainPath;
  data.devPath = devPath;
  beginOpening(
      [path, data](Engine& engine, const JobContext& context) mutable {
        Opened opened;
        opened.model = engine.openModel({path}, context);
        opened.settings = engine.recommendedSettings(opened.model);
        data.maxLength = opened.settings.maxLength;
        addData(opened, engine, data, context);
        return opened;
      },
      tr("The model could not be opened"));
}

void Document::openRun(const std::string& path) {
  if (isTraining() || m_state == DocumentState::Busy) return;
  beginOpening(
      [path](Engine& engine, const JobContext& context) {
        Opened opened;
        opened.run = engine.openRun(path, context);
        opened.model = engine.describeModel(opened.run->modelPath);
        OpenDataRequest data;
        data.trainPath = opened.run->trainPath;
        data.devPath = opened.run->devPath;
        data.textColumns = opened.run->textColumns;
        data.labelColumn = opened.run->labelColumn;
        data.maxExamples = opened.run->maxDevExamples;
        data.maxLength = opened.run->settings.maxLength;
        addData(opened, engine, data, context);
        addPins(opened);
        return opened;
      },
      tr("The run could not be opened"));
}

void Document::addData(Opened& opened, Engine& engine, const OpenDataRequest& request, const JobContext& context) {
  if (request.trainPath.empty() && request.devPath.empty()) return;
  // From here on the engine holds the new model: whatever happens to the data, the window must show that model.
  try {
    opened.data = engine.openData(request, context);
  } catch (const Cancelled&) {
    opened.data.reset();
  } catch (const std::exception& error) {
    opened.dataFailure = error.what();
  }
}

void Document::addPins(Opened& opened) {
  try {
    const std::vector<TrainPoint>& points = opened.run->points;
    const PinsOrigin origin = pinsOrigin(opened.data, opened.run->report, points.empty() ? 0 : points.back().step);
    opened.pins = readPinsFile(pinsPath(opened.run->path), opened.model.layout, origin);
  } catch (const Error& error) {
    opened.pinsFailure = error.what();
  }
}

void Document::beginOpening(std::function<Opened(Engine&, const JobContext&)> work, const QString& what) {
  m_runner.cancel(m_openJob);
  m_runner.abandon(m_evaluation);
  pauseMeasuring();
  setState(DocumentState::Loading);
  Job<Opened> job;
  job.work = std::move(work);
  job.done = [this, what](Outcome<Opened>& outcome) { finishOpening(outcome, what); };
  job.progress = progressReceiver();
  m_openJob = m_runner.submit(std::move(job));
}

void Document::finishOpening(Outcome<Opened>& outcome, const QString& what) {
  if (auto* opened = std::get_if<Opened>(&outcome)) adopt(std::move(*opened));
  if (m_runner.isLive(m_openJob)) return setState(DocumentState::Loading);  // something else was chosen meanwhile
  if (std::holds_alternative<Opened>(outcome)) return;
  setState(m_model ? DocumentState::Ready : DocumentState::Failed);
  if (const auto* failure = std::get_if<Failure>(&outcome)) fail(what, *failure);
  goOnMeasuring();
}

void Document::adopt(Opened opened) {
  weightsChanged();
  forgetRandomMasks();
  m_model = std::move(opened.model);
  m_data.reset();
  m_run = {};
  m_latency.reset();
  m_unsureLatency.reset();
  m_timed.clear();
  m_pins.clear();
  m_demand = {};
  m_locked.clear();
  m_maskFollows = true;
  m_undo.clear();
  m_order.clear();
  m_mask = HeadMask(m_model->layout);
  m_settings = opened.settings;
  if (m_settings.steps == 0) m_settings.steps = kFirstSteps;
  emit modelChanged();
  emit locksChanged();
  emit latencyChanged();
  emit timedChanged();
  emit pinsChanged();
  emit orderChanged();
  emit maskChanged();
  emit settingsChanged();
  emit runBegan();
  setState(DocumentState::Ready);
  if (opened.data) adoptData(std::move(*opened.data));
  if (opened.run) adoptRun(*opened.run);
  adoptPins(std::move(opened.pins));
  askForDevice();  // its memory is fuller now
  if (!opened.dataFailure.empty())
    emit failed(tr("The data could not be opened"), QString::fromStdString(opened.dataFailure));
  if (!opened.pinsFailure.empty())
    emit failed(tr("The pins could not be read"), QString::fromStdString(opened.pinsFailure));
  if (hasDevData()) ask();
  m_sweepWanted = opened.run && !m_curve.complete && hasDevData() && hasOrder();
  goOnMeasuring();
}

void Document::previewData(const std::string& path, const ColumnNames& columns) {
  if (!mayWork()) return;
  pauseMeasuring();
  Job<DataPreview> job;
  job.work = [request = PreviewDataRequest{path, columns.texts, columns.label, m_settings.maxLength, 50}](
                 Engine& engine, const JobContext& context) { return engine.previewData(request, context); };
  job.done = [this, path](Outcome<DataPreview>& outcome) {
    if (const auto* preview = std::get_if<DataPreview>(&outcome)) emit previewArrived(*preview);
    if (const auto* failure = std::get_if<Failure>(&outcome))
      emit previewFailed(QString::fromStdString(path), QString::fromStdString(failure->message));
    goOnMeasuring();
  };
  m_runner.submit(std::move(job));
}

void Document::openData(const std::string& trainPath, const std::string& devPath, const ColumnNames& columns) {
  if (!mayWork()) return;
  m_runner.abandon(m_evaluation);
  pauseMeasuring();
  setState(DocumentState::Loading);
  OpenDataRequest request;
  request.trainPath = trainPath;
  request.devPath = devPath;
  request.maxLength = m_settings.maxLength;
  request.textColumns = columns.texts;
  request.labelColumn = columns.label;
  Job<DataSummary> job;
  job.work = [request](Engine& engine, const JobContext& context) { return engine.openData(request, context); };
  job.done = [this](Outcome<DataSummary>& outcome) {
    setState(DocumentState::Ready);
    if (const auto* failure = std::get_if<Failure>(&outcome)) fail(tr("The data could not be opened"), *failure);
    if (auto* data = std::get_if<DataSummary>(&outcome)) {
      weightsChanged();  // what was measured belongs to the other texts
      forgetRandomMasks();
      adoptData(std::move(*data));
      ask();
    }
    goOnMeasuring();
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
    showMask(trainedTop());
  }
  const LatencyTable* latency = latencyFor(m_device, run.latencies);
  if (latency && run.layout == m_model->layout) {
    m_latency = *latency;
    adoptLatency();
  }
  listRun({run.path, run.settings, run.report, run.status, m_model->path, devSha256()});
  emit stateChanged();
}

}  // namespace headroom
