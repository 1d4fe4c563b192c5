// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/head_units.h"
#include "core/base/mapped_file.h"
#include "core/base/version.h"
#include "core/jobs/curve_progress_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/model/parameters.h"
#include "core/store/run_file.h"
#include "core/sweep/curve.h"

namespace headroom {

namespace fs = std::filesystem;

namespace {

using SweepClock = std::chrono::steady_clock;

constexpr double kSavingShare = 0.05;  ///< of the time, at most

/// Throws Error(Io) for what is marked as read-only, which binds the superuser too, and for what cannot be written.
void requireMayWrite(const std::string& path) {
  constexpr fs::perms kWrites = fs::perms::owner_write | fs::perms::group_write | fs::perms::others_write;
  std::error_code ignored;
  const bool marked = (fs::status(path, ignored).permissions() & kWrites) == fs::perms::none;
  if (!marked && ::access(path.c_str(), W_OK) == 0) return;
  if (marked) errno = EACCES;
  failWithErrno(path, "write");
}

/// Throws Error(Io) where other dev data than the run's own are open: beside its curve they would pass for those.
void requireOwnDev(const std::string& path, const Workspace::State& state) {
  if (!fs::exists(path)) return;
  const RunHeader run = readRunHeader(path);
  const OpenDataRequest& open = state.dataRequest;
  if (state.requireDev().data().summary.sha256 != run.devSha256 || open.textColumns != run.textColumns ||
      open.labelColumn != run.labelColumn || open.maxExamples != run.maxDevExamples)
    throw Error(ErrorKind::Io, path + ": found other dev data open than the run's own (" + run.devPath +
                                   "), whose curve it keeps; open those to have the curve saved");
}

/// The run that a sweep is for, while it is measured: holds its lock and keeps what there is.
class SweptRun {
 public:
  /// Throws Error for a run that cannot take the curve now (open elsewhere, damaged); not where it, or its folder,
  /// cannot be written to.
  SweptRun(const SweepRequest& request, const Workspace::State& state) : m_request(request) {
    if (request.runPath.empty()) return;
    try {
      requireOwnDev(request.runPath, state);
      if (fs::exists(request.runPath)) {
        const std::string folder = fs::path(request.runPath).parent_path().string();
        requireMayWrite(folder.empty() ? "." : folder);
        requireMayWrite(request.runPath);
      }
      m_writer.emplace(RunWriter::reopen(request.runPath));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Io || !fs::exists(request.runPath)) throw;
      m_notSaved = error.what();
      return;
    }
    const std::optional<Curve> stored = readRunFile(request.runPath).curve;
    m_holdsWhole = stored && stored->complete;
  }

  [[nodiscard]] bool named() const { return !m_request.runPath.empty(); }
  CurveProgress& progress() { return m_progress; }

  void takeUp(const std::string& identity, const EvaluationSet& data, size_t passes) {
    m_identity = identity;
    if (m_request.exact) m_progress = readCurveProgress(sweepProgressPath(m_request.runPath), identity, data, passes);
    m_pointsStored = m_progress.points.size();
    m_due = SweepClock::now() + seconds(m_request.saveEvery);
  }

  void show(const Curve& curve) {
    if (m_writer) m_curve = curve;
  }

  void saveWhenDue() {
    if (m_writer && SweepClock::now() >= m_due) save();
  }

  /// Best effort: what fails now is tried again later, and said when the whole curve cannot be written either.
  void save() noexcept {
    if (!m_writer) return;
    const auto begin = SweepClock::now();
    try {
      requireMappedFilesIntact();  // else the numbers are worth nothing
      // First the run: should the process be killed between the two, the points are only measured again.
      if (!m_holdsWhole && m_curve.points.size() > m_pointsStored) {
        m_writer->writeSweep(m_curve, bitsOfPoints());
        m_pointsStored = m_curve.points.size();
      }
      if (m_request.exact) writeCurveProgress(sweepProgressPath(m_request.runPath), m_identity, m_progress);
    } catch (const std::exception&) {
    }
    const auto now = SweepClock::now();
    m_due = now +
            std::max<SweepClock::duration>(seconds(m_request.saveEvery),
                                           seconds(std::chrono::duration<double>(now - begin).count() / kSavingShare));
  }

  /// Writes the measured curve; why it could not, if so, is then in it.
  void finish(MeasuredCurve& measured) {
    measured.curve.notSaved = m_notSaved;
    if (!m_writer) return;
    try {
      if (measured.curve.complete || !m_holdsWhole) m_writer->writeSweep(measured.curve, measured.correct);
      m_writer->close();
      std::error_code ignored;
      if (m_request.exact) fs::remove(sweepProgressPath(m_request.runPath), ignored);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::Io) throw;
      measured.curve.notSaved = error.what();
    }
  }

 private:
  static SweepClock::duration seconds(double count) {
    return std::chrono::duration_cast<SweepClock::duration>(std::chrono::duration<double>(count));
  }

  [[nodiscard]] std::vector<CorrectBits> bitsOfPoints() const {
    std::vector<CorrectBits> bits;
    for (const CurvePoint& point : m_curve.points) bits.push_back(m_progress.points.at(point.kept).correct);
    return bits;
  }

  const SweepRequest& m_request;
  std::optional<RunWriter> m_writer;  ///< absent where nothing can be, or is to be, written
  std::string m_notSaved;
  std::string m_identity;
  CurveProgress m_progress;
  Curve m_curve;              ///< as far as it is measured
  size_t m_pointsStored = 0;  ///< in the run
  bool m_holdsWhole = false;  ///< the run has a complete curve, which only a complete one replaces
  SweepClock::time_point m_due = SweepClock::time_point::max();
};

/// What the examples are to the model: tokens, targets, in their order.
std::string sha256OfExamples(const Dataset& data) {
  Sha256 digest;
  const auto feed = [&digest](const std::vector<int>& values) {
    const std::uint64_t count = values.size();
    digest.update(std::as_bytes(std::span(&count, 1)));
    digest.update(std::as_bytes(std::span(values)));
  };
  for (const Example& example : data.examples) {
    feed(example.ids);
    feed(example.types);
    feed(example.targets);
    feed({example.label});
    digest.update(std::as_bytes(std::span(&example.value, 1)));
  }
  return digest.hex();
}

/// Everything that a number of the curve, or which points it has, depends on.
std::string sweepIdentity(Workspace& workspace, const Transformer& trained, const Curve& start,
                          const SweepRequest& request) {
  Workspace::State& state = workspace.state();
  const DeviceSummary device = describeDevice(workspace);
  const Dataset& data = state.requireDev().data();
  nlohmann::json identity{{"program", kProgramVersion},
                          {"libtorch", device.libtorch},
                          {"machine", device.machine},
                          {"device", device.name},
                          {"blas", device.blas},
                          {"dtype", device.dtype},
                          {"opened", state.sha256OfOpened()},
                          {"weights", weightsSha256(trained.parameters(), {})},
                          {"data", data.summary.sha256},
                          {"examples", sha256OfExamples(data)},
                          {"kind", static_cast<int>(data.kind)},
                          {"unit", request.unit},
                          {"order", start.order},
                          {"trained", request.trainedKeep},
                          {"exact", request.exact}};
  for (const char* name : {"config.json", "preprocessor_config.json"}) {
    const std::string path = state.summary.path + "/" + name;
    if (fs::is_regular_file(path)) identity[name] = sha256OfFile(path);
  }
  return identity.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Curve sweepCurve(Workspace& workspace, const SweepRequest& request, const JobContext& context,
                 const std::function<void(const Curve&)>& partial) {
  Workspace::State& state = workspace.state();
  const Transformer& trained = state.requireModel();
  const std::vector<double>& scores = request.scores.empty() ? state.logAlpha : request.scores;
  if (static_cast<int>(scores.size()) != trained.layout().headCount())
    throw Error(ErrorKind::BadInput, "sweep: found " + std::to_string(scores.size()) + " scores, expected " +
                                         std::to_string(trained.layout().headCount()) +
                                         " (one a head); train gates first or give an order");
  SweptRun run(request, state);  // a run that cannot take the curve is said before the work, not after it
  Curve start;
  start.layout = trained.layout();
  const HeadUnits units(trained.layout(), request.unit);
  start.order = units.order(scores);
  start.orderOrigin = request.orderOrigin;
  const Tally& full = state.fullTally(context);
  const CurvePlan plan{units.stops(start.order), request.trainedKeep, request.exact};
  const Transformer model = state.forEvaluation(trained);
  const EvaluationSet& data = state.requireDev();
  if (run.named()) run.takeUp(sweepIdentity(workspace, trained, start, request), data, passCount(model, data));
  const auto show = [&](const Curve& curve) {
    run.show(curve);
    run.saveWhenDue();
    if (partial) partial(curve);
  };
  try {
    MeasuredCurve measured =
        measureCurve(model, data, start, plan, full, context, show, &run.progress(), [&run] { run.saveWhenDue(); });
    run.finish(measured);
    return std::move(measured.curve);
  } catch (const Cancelled&) {
    run.save();
    throw;
  }
}

}  // namespace headroom
