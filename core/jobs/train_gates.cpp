// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "core/base/error.h"
#include "core/base/this_machine.h"
#include "core/base/version.h"
#include "core/gates/verdict.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/methods/settings_limits.h"
#include "core/prune/surgery.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/run_file.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

using Clock = std::chrono::steady_clock;

/// Run files name what they were made of so that it is found from any folder.
std::string absolute(const std::string& path) { return std::filesystem::absolute(path).string(); }

/// What the open model and data are, in the run file's terms.
RunHeader describeOrigin(Workspace& workspace) {
  Workspace::State& state = workspace.state();
  RunHeader header;
  header.layout = state.summary.layout;
  header.family = state.summary.family;
  header.modelPath = absolute(state.summary.path);
  header.modelSha256 = state.sha256OfOpened();
  const DataFileSummary& train = state.requireTrain().summary;
  header.trainPath = absolute(train.path);
  header.trainSha256 = train.sha256;
  header.trainExamples = train.examples;
  header.textColumns = state.dataRequest.textColumns;
  header.labelColumn = state.dataRequest.labelColumn;
  header.maxDevExamples = state.dataRequest.maxExamples;
  if (state.dev) {
    header.devPath = absolute(state.dev->summary.path);
    header.devSha256 = state.dev->summary.sha256;
    header.devExamples = state.dev->summary.examples;
  }
  header.device = describeDevice(workspace).name;
  header.threads = state.threads;
  header.libtorch = TORCH_VERSION;
  header.programVersion = kProgramVersion;
  return header;
}

std::string confidenceText(const TrainSettings& settings) {
  if (settings.published && settings.perEpoch) return "largest attention weight among content tokens, every step";
  if (settings.published) return "largest raw score before softmax and padding mask, every step";
  return "largest attention weight among content tokens, every " + std::to_string(settings.confidenceEvery) + "th step";
}

void requireDataThere(const std::string& runPath, const RunHeader& header) {
  for (const auto& [field, path] : {std::pair("train_path", header.trainPath), std::pair("dev_path", header.devPath)})
    if (!path.empty() && !std::filesystem::exists(path))
      throw Error(ErrorKind::Io, runPath + ": field " + field + ": found no file " + path +
                                     ", expected the data that the run was made with; put them there again");
}

/// One training run from its first step, or its checkpoint, to its report.
class TrainingRun {
 public:
  TrainingRun(Workspace& workspace, const TrainRequest& request, const JobContext& context,
              const TrainObserver& observer)
      : m_state(workspace.state()), m_context(context), m_observer(observer), m_checkpoints(request.runPath) {
    if (request.resume) {
      prepareResume(workspace, request.runPath);
    } else {
      prepareStart(workspace, request);
    }
  }

  TrainReport run() {
    try {
      return trainOrStop();
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      const bool diverged = error.kind() == ErrorKind::Numerical;
      const std::string reason = error.what() + (diverged ? "; " + keepGoodCheckpoints() : std::string());
      fail(reason);
      throw Error(error.kind(), reason);
    } catch (const std::exception& error) {
      fail(error.what());
      throw;
    }
  }

 private:
  TrainReport trainOrStop() {
    try {
      while (!m_trainer->finished()) {
        waitWhilePaused();
        oneStep();
        m_context.checkStop();
        m_context.yield();
      }
      return finish();
    } catch (const Cancelled&) {
      if (m_trainer) writeCheckpoint();
      m_writer->setStatus("stopped");
      throw;
    }
  }

  /// Takes away what holds the very weights that gave numbers that are none; says what is left to go on with.
  std::string keepGoodCheckpoints() {
    m_checkpoints.removeAfter(m_lastStep - 1);
    const auto good = m_checkpoints.newestValid();
    return good ? "the checkpoint of step " + std::to_string(good->step) + " is kept" : "nothing was saved";
  }

  void makeTrainer(const TrainSettings& settings) {
    m_settings = settings;
    const RunLength length = Trainer::lengthOf(settings, m_state.requireTrain());
    // The opened model stays as it is; the run trains its own copy.
    m_state.current = Transformer(m_state.opened->config(), m_state.opened->parameters().clone());
    m_state.weightsChanged();
    requireMappedFilesIntact();
    m_state.logAlpha.clear();
    m_trainer = std::make_unique<Trainer>(*m_state.current, *m_state.train, settings,
                                          makeGateMethod(m_state.opened->layout(), settings, length),
                                          batchSettings(m_state.opened->config(), m_state.summary.path));
  }

  void prepareStart(Workspace& workspace, const TrainRequest& request) {
    RunHeader header = describeOrigin(workspace);
    header.settings = request.settings;
    header.settings.maxLength = m_state.dataRequest.maxLength;
    header.settings.steps = Trainer::lengthOf(request.settings, m_state.requireTrain()).steps;
    header.gated = findMethod(request.settings.method).gates;
    header.confidence = header.gated ? confidenceText(request.settings) : "";
    header.started = nowUtc();
    m_identity = runIdentity(header);
    makeTrainer(header.settings);
    m_writer = std::make_unique<RunWriter>(RunWriter::create(request.runPath, header, request.overwrite));
    m_checkpoints.create();
    m_state.runPath = request.runPath;
    if (!request.warning.empty()) tell({0, TrainEventKind::Warning, {}, request.warning});
    if (m_state.evaluation) {
      const Tally& full = m_state.fullTally(m_context);
      m_writer->writeBaseline(toResult(HeadMask(header.layout), full, full.examples, nullptr).metric,
                              correctBits(full));
    }
    m_began = Clock::now();
  }

  void prepareResume(Workspace& workspace, const std::string& path) {
    const RunHeader header = readRunHeader(path);
    m_identity = runIdentity(header);
    if (!m_state.opened) (void)openModel(workspace, {modelFolderOf(path)}, m_context);
    if (!m_state.train) requireDataThere(path, header);
    OpenDataRequest data{header.trainPath,          header.devPath,       header.textColumns, header.labelColumn,
                         header.settings.maxLength, header.maxDevExamples};
    const OpenDataRequest& open = m_state.dataRequest;
    if (m_state.train) {
      // The same files may lie elsewhere now; how they are read is the run's.
      data.trainPath = open.trainPath;
      data.devPath = open.devPath;
      data.choicePath = open.choicePath;
    }
    if (!m_state.train || data != open) (void)openData(workspace, data, m_context);
    requireSameOrigin(path, header, originOnly(describeOrigin(workspace)));
    makeTrainer(header.settings);
    const std::optional<CheckpointFile> newest = m_checkpoints.newestValid();
    const std::int64_t from = newest ? newest->step : 0;
    // First, while the run's later rows are still there: the checkpoint may be none of this run.
    if (newest) m_secondsBefore = m_trainer->loadCheckpoint(newest->path, m_identity);
    m_writer = std::make_unique<RunWriter>(RunWriter::resume(path, from));
    m_checkpoints.create();
    m_resumedFrom = m_lastCheckpoint = m_lastStep = from;
    m_state.runPath = path;
    tell({from,
          TrainEventKind::Resumed,
          {},
          newest ? "resumed from the checkpoint of step " + std::to_string(from)
                 : "no checkpoint: begun again at step 0"});
    m_began = Clock::now();
  }

  static RunHeader originOnly(RunHeader header) {
    // Another machine or LibTorch may go on with a run; only what is trained, and on what, must be the same.
    header.device.clear();
    header.libtorch.clear();
    return header;
  }

  double seconds() const {
    return m_secondsBefore + std::chrono::duration<double>(Clock::now() - m_began - m_pausedFor).count();
  }

  void tell(const TrainEvent& event) {
    m_writer->append(event);
    if (m_observer.event) m_observer.event(event);
  }

  void waitWhilePaused() {
    if (!m_observer.paused || !m_observer.paused()) return;
    const auto since = Clock::now();
    writeCheckpoint();
    tell({m_trainer->stepsDone(), TrainEventKind::Paused, {}, "paused"});
    m_writer->flush();
    while (m_observer.paused()) {
      m_context.checkStop();
      m_context.yield();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    m_pausedFor += Clock::now() - since;
  }

  void oneStep() {
    const auto since = Clock::now();
    Trainer::StepResult result = m_trainer->step();
    m_state.weightsChanged();
    const double took = std::chrono::duration<double>(Clock::now() - since).count();
    m_stepSeconds = m_stepSeconds == 0 ? took : 0.95 * m_stepSeconds + 0.05 * took;
    result.point.seconds = seconds();
    result.point.examplesPerSecond = m_settings.batch / std::max(1e-9, m_stepSeconds);
    if (m_trainer->method()) m_state.logAlpha = m_trainer->method()->logAlpha();
    m_writer->append(result.point);
    for (const TrainEvent& event : result.events) tell(event);
    if (m_observer.point) m_observer.point(result.point);
    const std::int64_t done = m_lastStep = m_trainer->stepsDone();
    if (m_settings.checkpointEvery > 0 && done % m_settings.checkpointEvery == 0 && !m_trainer->finished())
      writeCheckpoint();
    const double perStep =
        done > m_resumedFrom
            ? (seconds() - m_secondsBefore) / static_cast<double>(done - std::max<std::int64_t>(0, m_resumedFrom))
            : m_stepSeconds;
    m_context.report(
        {"training", done, m_trainer->stepsTotal(), perStep * static_cast<double>(m_trainer->stepsTotal() - done)});
  }

  void save(const std::string& path) {
    try {
      m_trainer->saveCheckpoint(path, seconds(), m_identity);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Io) throw;
      throw Error(ErrorKind::Io, std::string(error.what()) + "; the run can be resumed afterwards");
    }
  }

  void writeCheckpoint() {
    if (m_lastCheckpoint == m_trainer->stepsDone()) return;
    m_writer->flush();
    save(m_checkpoints.stepPath(m_trainer->stepsDone()));
    m_lastCheckpoint = m_trainer->stepsDone();
    m_checkpoints.prune();
    tell({m_lastCheckpoint, TrainEventKind::Checkpoint, {}, "checkpoint written"});
  }

  void fail(const std::string& reason) {
    try {
      m_writer->append(TrainEvent{m_lastStep, TrainEventKind::Warning, {}, reason});
      m_writer->setStatus("failed: " + reason);
    } catch (const std::exception&) {
      // The disk may be what failed; the reason itself is on its way to the user.
    }
  }

  TrainReport finish() {
    TrainReport report;
    report.settings = m_settings;
    report.steps = m_trainer->stepsDone();
    report.stepsTotal = m_trainer->stepsTotal();
    report.resumedFrom = m_resumedFrom;
    report.runPath = m_writer->path();
    judgeGates(report);
    save(m_checkpoints.finalPath());
    report.wallSeconds = seconds();
    report.weightsSha256 = weightsSha256(m_trainer->model().parameters(), m_state.logAlpha);
    report.fullParameters = m_trainer->model().parameters().count();
    report.keptParameters = parametersLeft(m_trainer->model().config(), report.mask);
    const Transformer trained = m_trainer->model();
    m_trainer.reset();  // the weights need no gradients from here on
    if (m_state.evaluation) measure(trained, report);
    report.finished = true;
    m_writer->append(TrainEvent{report.steps, TrainEventKind::Finished, {}, "finished"});
    m_writer->writeReport(report);
    m_writer->setStatus("finished");
    m_writer->close();
    return report;
  }

  void judgeGates(TrainReport& report) const {
    const HeadLayout& layout = m_trainer->model().layout();
    if (!m_trainer->method()) {
      report.mask = HeadMask(layout);
      report.exact = true;
      report.jointProbability = 1;
      return;
    }
    const GateVerdict verdict = judgeUnits(layout, m_settings.unit, m_trainer->method()->logAlpha(), m_settings.keep);
    report.mask = verdict.mask;
    // Scores have no bound from which on a gate is settled; a method that has them says by itself whether K are chosen.
    const std::optional<double> chosen = m_trainer->method()->choiceProbability();
    report.exact = chosen ? *chosen > 0 : verdict.exact;
    report.projected = !report.exact;
    report.jointProbability = chosen.value_or(verdict.jointProbability);
  }

  void measure(const Transformer& trained, TrainReport& report) {
    const Tally& full = m_state.fullTally(m_context);
    const Tally kept = evaluate(m_state.forEvaluation(trained, report.mask), *m_state.evaluation, m_context);
    const EvalResult result = toResult(report.mask, kept, kept.examples, &full);
    report.metric = result.metric;
    report.loss = result.loss;
    report.toFull = result.toFull;
    report.fullMetric = toResult(HeadMask(trained.layout()), full, full.examples, nullptr).metric;
  }

  Workspace::State& m_state;
  const JobContext& m_context;
  const TrainObserver& m_observer;
  CheckpointFolder m_checkpoints;
  TrainSettings m_settings;
  std::unique_ptr<RunWriter> m_writer;
  std::unique_ptr<Trainer> m_trainer;
  Clock::time_point m_began = Clock::now();
  Clock::duration m_pausedFor{};
  double m_secondsBefore = 0;
  double m_stepSeconds = 0;
  std::int64_t m_resumedFrom = -1;
  std::int64_t m_lastCheckpoint = -1;
  std::int64_t m_lastStep = 0;
  std::string m_identity;  ///< of the run, for its checkpoints
};

}  // namespace

TrainReport trainGates(Workspace& workspace, const TrainRequest& request, const JobContext& context,
                       const TrainObserver& observer) {
  if (request.resume) {
    const RunSnapshot stored = readRunFile(request.runPath);
    if (stored.report && stored.report->finished && stored.status == "finished") return *stored.report;
  } else {
    requireValid(request.settings);
    (void)workspace.state().requireOpened();
    (void)workspace.state().requireTrain();
  }
  TrainingRun run(workspace, request, context, observer);
  return run.run();
}

}  // namespace headroom
