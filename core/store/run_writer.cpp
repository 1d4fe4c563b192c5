// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_writer.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/pins_file.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/event_rows.h"
#include "core/store/latency_json.h"
#include "core/store/run_json.h"
#include "core/store/run_recovery.h"
#include "core/store/run_rows.h"

namespace headroom {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

/// Points are at most this old, plus the time to the next one, when a kill loses them.
constexpr std::chrono::milliseconds kFlushEvery{1000};

std::string compactText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void requireFresh(const std::string& path) {
  if (fs::exists(path))
    throw Error(ErrorKind::BadInput, path + ": run file exists already; choose another name or overwrite it");
  const CheckpointFolder checkpoints(path);
  if (checkpoints.holdsAny())
    throw Error(
        ErrorKind::BadInput,
        checkpoints.path() + ": holds the checkpoints of an earlier run; choose another name or overwrite them");
}

/// Overwriting is for runs: anything else of that name is somebody's other work.
void requireReplaceable(const std::string& path) {
  if (!fs::exists(path)) return;
  try {
    (void)openRunForReading(path, false);
  } catch (const Error& error) {
    throw Error(error.kind(), std::string(error.what()) + "; only runs are replaced, choose another name or remove it");
  }
}

/// Without the sweep it is worth nothing.
void removeSweepProgress(const std::string& path) {
  std::error_code ignored;
  fs::remove(sweepProgressPath(path), ignored);
}

}  // namespace

struct RunWriter::State {
  struct NamedDataSet {
    std::string path;
    H5DataSet data;
  };

  State(RunLock heldLock, std::string runPath, RunHeader runHeader)
      : lock(std::move(heldLock)),
        path(std::move(runPath)),
        header(std::move(runHeader)),
        file(H5File::openSwmrWriter(path)) {
    points = openAll(file, pointDataSets(header));
    events = openAll(file, eventDataSets());
    pointRows = points.back().data.rows();
    eventRows = events.back().data.rows();
    if (pointRows > 0) lastStep = points.back().data.read<std::int64_t>(pointRows - 1, 1, sizeof(std::int64_t)).front();
  }

  static std::vector<NamedDataSet> openAll(const H5File& file, const std::vector<std::string>& paths) {
    std::vector<NamedDataSet> opened;
    for (const std::string& each : paths) opened.push_back({each, file.dataSet(each)});
    return opened;
  }

  /// Runs what writes. After a failure the library's picture of the file is worthless and is never written again.
  template <typename Write>
  void guarded(Write write) {
    if (!failure.empty()) throw Error(ErrorKind::Io, failure);
    try {
      write();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::BadInput) throw;
      abandon();
      failure = std::string(error.what()) + "; what was flushed before is safe: make room, then resume the run";
      throw Error(error.kind(), failure);
    }
  }

  void abandon() noexcept {
    for (NamedDataSet& set : points) set.data.abandon();
    for (NamedDataSet& set : events) set.data.abandon();
    file.abandon();
  }

  void writePointValues(std::uint64_t first, std::uint64_t count);
  void writePoints();
  void writeEvents();
  void writePending();
  void appendText(const std::string& dataSet, const std::string& text);
  void writeSweepInfo(const Curve& curve, std::int64_t examples, bool withPoints);
  void writeSweepRows(const Curve& curve, std::span<const CorrectBits> correct);

  RunLock lock;  ///< first: let go after the file is closed
  std::string path;
  RunHeader header;
  H5File file;
  std::vector<NamedDataSet> points;  ///< as pointDataSets(), the step last
  std::vector<NamedDataSet> events;
  std::uint64_t pointRows = 0;
  std::uint64_t eventRows = 0;
  std::int64_t lastStep = -1;
  std::vector<TrainPoint> newPoints;
  std::vector<TrainEvent> newEvents;
  Clock::time_point lastFlush = Clock::now();
  std::string failure;
  std::vector<int> sweepOrder;  ///< of the rows that the last info row vouches for
  bool closed = false;
};

void RunWriter::State::writePointValues(std::uint64_t first, std::uint64_t count) {
  const auto gather = [&](std::vector<float> TrainPoint::*field) {
    std::vector<float> values;
    for (const TrainPoint& point : newPoints) values.insert(values.end(), (point.*field).begin(), (point.*field).end());
    return values;
  };
  std::vector<double> values(newPoints.size());
  for (size_t i = 0; i + 1 < points.size(); ++i) {
    H5DataSet& data = points[i].data;
    data.setRows(first + count);
    if (i < runSeries().size()) {
      std::transform(newPoints.begin(), newPoints.end(), values.begin(),
                     [&](const TrainPoint& point) { return point.*runSeries()[i].field; });
      data.write<double>(first, count, values);
    } else {
      data.write<float>(first, count,
                        gather(points[i].path == "/gates/p" ? &TrainPoint::pOpen : &TrainPoint::logAlpha));
    }
  }
}

void RunWriter::State::writePoints() {
  const std::uint64_t count = newPoints.size();
  std::vector<std::int64_t> steps;
  for (const TrainPoint& point : newPoints) steps.push_back(point.step);
  writePointValues(pointRows, count);
  file.flush();
  points.back().data.setRows(pointRows + count);
  points.back().data.write<std::int64_t>(pointRows, count, steps);
  pointRows += count;
  newPoints.clear();
}

void RunWriter::State::writeEvents() {
  const EventRows rows = splitEvents(newEvents);
  const std::uint64_t count = rows.step.size();
  for (NamedDataSet& set : events) {
    if (&set == &events.back()) file.flush();
    set.data.setRows(eventRows + count);
    if (set.path == "/events/part") set.data.write<std::int64_t>(eventRows, count, rows.part);
    if (set.path == "/events/parts") set.data.write<std::int64_t>(eventRows, count, rows.parts);
    if (set.path == "/events/step") set.data.write<std::int64_t>(eventRows, count, rows.step);
    if (set.path == "/events/kind") set.data.writeTexts(eventRows, rows.kind);
    if (set.path == "/events/heads") set.data.writeTexts(eventRows, rows.heads);
    if (set.path == "/events/text") set.data.writeTexts(eventRows, rows.text);
  }
  eventRows += count;
  newEvents.clear();
}

void RunWriter::State::writePending() {
  // Events first: who finds a point then finds everything that happened up to it.
  if (!newEvents.empty()) writeEvents();
  if (!newPoints.empty()) writePoints();
  file.flush();
  lastFlush = Clock::now();
}

void RunWriter::State::appendText(const std::string& dataSet, const std::string& text) {
  H5DataSet data = file.dataSet(dataSet);
  if (text.size() > data.textLength())
    throw Error(ErrorKind::BadInput, path + ": " + dataSet + ": found " + std::to_string(text.size()) +
                                         " bytes, expected at most " + std::to_string(data.textLength()));
  const std::uint64_t row = data.rows();
  data.setRows(row + 1);
  data.writeTexts(row, std::array{text});
  file.flush();
}

void RunWriter::State::writeSweepInfo(const Curve& curve, std::int64_t examples, bool withPoints) {
  nlohmann::json measured = nlohmann::json::array();
  if (withPoints)
    for (const CurvePoint& point : curve.points) measured.push_back(point.kept);
  appendText("/sweep/info", compactText({{"measured", measured},
                                         {"examples", examples},
                                         {"origin", curve.orderOrigin},
                                         {"full", toJson(curve.full)},
                                         {"forwards", curve.forwards},
                                         {"naive_forwards", curve.naiveForwards},
                                         {"layer_share", curve.layerShare},
                                         {"complete", curve.complete}}));
}

void RunWriter::State::writeSweepRows(const Curve& curve, std::span<const CorrectBits> correct) {
  const auto row = [](const CurvePoint& point) { return static_cast<std::uint64_t>(point.kept); };
  std::vector<CurvePoint> curvePoints = curve.points;
  for (const SweepSeries& series : sweepSeries()) {
    H5DataSet data = file.dataSet(series.path);
    for (CurvePoint& point : curvePoints) data.write<double>(row(point), 1, std::array{series.field(point)});
  }
  for (const SweepCount& count : sweepCounts()) {
    H5DataSet data = file.dataSet(count.path);
    for (CurvePoint& point : curvePoints) data.write<std::int64_t>(row(point), 1, std::array{count.field(point)});
  }
  H5DataSet trained = file.dataSet("/sweep/trained");
  H5DataSet hashes = file.dataSet("/sweep/mask_hash");
  for (const CurvePoint& point : curvePoints) {
    trained.write<std::uint8_t>(row(point), 1, std::array{static_cast<std::uint8_t>(point.trained ? 1 : 0)});
    hashes.writeTexts(row(point), std::array{point.maskHash});
  }
  const std::vector<std::int32_t> order(curve.order.begin(), curve.order.end());
  if (!order.empty()) file.dataSet("/sweep/order").write<std::int32_t>(0, order.size(), order);
  if (correct.empty()) return;
  H5DataSet bits = file.dataSet("/sweep/correct");
  const std::uint64_t width = std::max<std::uint64_t>(bits.width(), packBits(correct.front()).size());
  bits.resize({bits.rows(), width});
  for (size_t i = 0; i < curvePoints.size(); ++i) {
    std::vector<std::uint8_t> packed = packBits(correct[i]);
    packed.resize(width);
    bits.write<std::uint8_t>(row(curvePoints[i]), 1, packed);
  }
}

RunWriter::RunWriter(std::unique_ptr<State> state) : m_state(std::move(state)) {}
RunWriter::RunWriter(RunWriter&&) noexcept = default;

RunWriter::~RunWriter() {
  if (!m_state || m_state->closed) return;
  try {
    close();
  } catch (const std::exception&) {
    // Whoever wants to know calls close(); what was flushed is safe.
  }
}

void RunWriter::requirePlace(const std::string& path, bool overwrite) {
  if (overwrite) {
    requireReplaceable(path);
  } else {
    requireFresh(path);
  }
}

RunWriter RunWriter::create(const std::string& path, const RunHeader& header, bool overwrite) {
  RunLock lock(path);
  requirePlace(path, overwrite);
  const std::string part = path + ".part";
  writeNewRun(part, header);
  CheckpointFolder(path).clear();
  writePinsFile(pinsPath(path), {}, {});  // those of a run that is replaced are gone with it
  removeSweepProgress(path);
  moveIntoPlace(part, path);
  return RunWriter(std::make_unique<State>(std::move(lock), path, header));
}

RunWriter RunWriter::resume(const std::string& path, std::int64_t step) {
  RunLock lock(path);
  RunHeader header = readHeaderOf(openRunForReading(path, false));
  const std::string part = path + ".part";
  writeRecoveredRun(path, part, step);
  CheckpointFolder(path).removeAfter(step);
  removeSweepProgress(path);
  moveIntoPlace(part, path);
  return RunWriter(std::make_unique<State>(std::move(lock), path, std::move(header)));
}

RunWriter RunWriter::reopen(const std::string& path) {
  RunLock lock(path);
  RunHeader header = readHeaderOf(openRunForReading(path, false));
  const std::string part = path + ".part";
  writeRecoveredRun(path, part, std::nullopt);
  moveIntoPlace(part, path);
  return RunWriter(std::make_unique<State>(std::move(lock), path, std::move(header)));
}

const std::string& RunWriter::path() const { return m_state->path; }
const RunHeader& RunWriter::header() const { return m_state->header; }

void RunWriter::append(const TrainPoint& point) {
  State& s = *m_state;
  const auto heads = static_cast<size_t>(s.header.gated ? s.header.layout.headCount() : 0);
  if (heads > 0 && (point.logAlpha.size() != heads || point.pOpen.size() != heads))
    throw Error(ErrorKind::BadInput, s.path + ": point of step " + std::to_string(point.step) + ": found " +
                                         std::to_string(point.logAlpha.size()) + " log alpha and " +
                                         std::to_string(point.pOpen.size()) + " probabilities, expected " +
                                         std::to_string(heads) + " of each");
  if (point.step < std::max<std::int64_t>(s.lastStep, 0))
    throw Error(ErrorKind::BadInput, s.path + ": found a point of step " + std::to_string(point.step) +
                                         " after one of step " + std::to_string(s.lastStep));
  if (!s.failure.empty()) throw Error(ErrorKind::Io, s.failure);
  s.lastStep = point.step;
  s.newPoints.push_back(point);
  if (Clock::now() - s.lastFlush >= kFlushEvery) flush();
}

void RunWriter::append(const TrainEvent& event) {
  if (!m_state->failure.empty()) throw Error(ErrorKind::Io, m_state->failure);
  m_state->newEvents.push_back(event);
  if (Clock::now() - m_state->lastFlush >= kFlushEvery) flush();
}

void RunWriter::flush() {
  m_state->guarded([this] { m_state->writePending(); });
}

void RunWriter::setStatus(const std::string& status) {
  m_state->guarded([&] {
    m_state->writePending();
    m_state->file.dataSet("/run/status").writeTexts(0, std::array{status.substr(0, kStatusBytes)});
    m_state->file.flush();
  });
}

void RunWriter::writeReport(const TrainReport& report) {
  m_state->guarded([&] {
    m_state->writePending();
    m_state->appendText("/report/json", compactText(toJson(report)));
  });
}

void RunWriter::writeBaseline(const MetricValue& metric, const CorrectBits& correct) {
  m_state->guarded([&] {
    const std::vector<std::uint8_t> packed = packBits(correct);
    H5DataSet bits = m_state->file.dataSet("/baseline/correct");
    bits.setRows(std::max<std::uint64_t>(bits.rows(), packed.size()));
    bits.write<std::uint8_t>(0, packed.size(), packed);
    m_state->file.flush();
    m_state->appendText("/baseline/info", compactText({{"metric", toJson(metric)}, {"examples", correct.size()}}));
  });
}

void RunWriter::writeSweep(const Curve& curve, std::span<const CorrectBits> correct) {
  State& s = *m_state;
  const int heads = s.header.layout.headCount();
  const bool fits = curve.layout == s.header.layout && static_cast<int>(curve.order.size()) == heads &&
                    (correct.empty() || correct.size() == curve.points.size()) &&
                    std::all_of(correct.begin(), correct.end(),
                                [&](const CorrectBits& bits) { return bits.size() == correct.front().size(); }) &&
                    std::all_of(curve.points.begin(), curve.points.end(),
                                [&](const CurvePoint& p) { return p.kept >= 0 && p.kept <= heads; });
  if (!fits)
    throw Error(ErrorKind::BadInput, s.path + ": sweep: found a curve of another model or with heads out of range");
  const std::int64_t examples = correct.empty() ? 0 : static_cast<std::int64_t>(correct.front().size());
  s.guarded([&] {
    // Rows of another order must not be vouched for by the old info row while they are replaced.
    if (curve.order != s.sweepOrder) s.writeSweepInfo(curve, 0, false);
    s.writeSweepRows(curve, correct);
    s.file.flush();
    s.writeSweepInfo(curve, examples, true);
    s.sweepOrder = curve.order;
  });
}

void RunWriter::writeLatency(const LatencyTable& table) {
  const std::string wrong = table.misfit(m_state->header.layout);
  if (!wrong.empty()) throw Error(ErrorKind::BadInput, m_state->path + ": latency: " + wrong);
  m_state->guarded([&] { m_state->appendText("/latency/json", compactText(toJson(table))); });
}

void RunWriter::close() {
  State& s = *m_state;
  s.closed = true;
  s.guarded([&] {
    s.writePending();
    s.points.clear();
    s.events.clear();
    s.file.close();
  });
}

}  // namespace headroom
