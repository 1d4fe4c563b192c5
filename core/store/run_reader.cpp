// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_reader.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/json_fields.h"
#include "core/store/latency_json.h"
#include "core/store/run_json.h"
#include "core/store/run_lock.h"
#include "core/store/run_rows.h"

namespace headroom {

namespace {

constexpr int kLiveAttempts = 10;
constexpr std::chrono::milliseconds kLivePause{20};

/// While a writer is at work a reader may meet a block that is half written: then it looks again.
template <typename Read>
auto readPatiently(const std::string& path, Read read) {
  for (int attempt = 1;; ++attempt) {
    const bool live = RunLock::isHeld(path);
    try {
      return read(openRunForReading(path, live));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::BadFile || attempt == kLiveAttempts || !live) throw;
    }
    std::this_thread::sleep_for(kLivePause);
  }
}

void readGates(const H5File& file, const RunHeader& header, const char* path, std::vector<float> TrainPoint::*field,
               std::vector<TrainPoint>& points) {
  const H5DataSet stored = file.dataSet(path);
  const auto heads = static_cast<size_t>(header.layout.headCount());
  if (stored.width() != heads)
    throw Error(ErrorKind::BadFile, file.path() + ": " + path + ": found " + std::to_string(stored.width()) +
                                        " columns, expected " + std::to_string(heads) + " (one a head)");
  const std::vector<float> values = stored.read<float>(0, points.size(), memoryCap(file));
  for (size_t row = 0; row < points.size(); ++row) {
    const std::span part(values.data() + row * heads, heads);
    (points[row].*field).assign(part.begin(), part.end());
  }
}

std::vector<TrainPoint> readPoints(const H5File& file, const RunHeader& header) {
  const std::vector<std::int64_t> steps = committedSteps(file);
  std::vector<TrainPoint> points(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) points[i].step = steps[i];
  for (const RunSeries& series : runSeries()) {
    const std::vector<double> values = file.dataSet(series.path).read<double>(0, steps.size(), memoryCap(file));
    for (size_t i = 0; i < steps.size(); ++i) points[i].*series.field = values[i];
  }
  if (header.gated && header.layout.headCount() > 0) {
    readGates(file, header, "/gates/logit", &TrainPoint::logAlpha, points);
    readGates(file, header, "/gates/p", &TrainPoint::pOpen, points);
  }
  return points;
}

void appendHeads(const H5File& file, const RunHeader& header, const std::string& text, std::vector<int>& heads) {
  if (text.empty()) return;
  const std::string where = file.path() + ": /events/heads";
  for (const nlohmann::json& item : parseJson(text, where)) {
    const std::int64_t head = item.is_number_integer() ? item.get<std::int64_t>() : -1;
    if (head < 0 || head >= header.layout.headCount())
      throw Error(ErrorKind::BadFile, where + ": found " + foundText(item) + ", expected heads 0 to " +
                                          std::to_string(header.layout.headCount() - 1));
    heads.push_back(static_cast<int>(head));
  }
}

std::vector<TrainEvent> readEvents(const H5File& file, const RunHeader& header) {
  const std::uint64_t cap = memoryCap(file);
  const std::uint64_t rows = committedEventRows(file, std::numeric_limits<std::int64_t>::max());
  const std::vector<std::int64_t> steps = file.dataSet("/events/step").read<std::int64_t>(0, rows, cap);
  const std::vector<std::int64_t> part = file.dataSet("/events/part").read<std::int64_t>(0, rows, cap);
  const std::vector<std::string> kinds = file.dataSet("/events/kind").readTexts(0, rows, cap);
  const std::vector<std::string> heads = file.dataSet("/events/heads").readTexts(0, rows, cap);
  const std::vector<std::string> texts = file.dataSet("/events/text").readTexts(0, rows, cap);
  std::vector<TrainEvent> events;
  for (size_t row = 0; row < steps.size(); ++row) {
    if (part[row] == 0 || events.empty()) events.push_back({steps[row], eventKind(kinds[row]), {}, {}});
    appendHeads(file, header, heads[row], events.back().heads);
    events.back().text += texts[row];
  }
  return events;
}

/// What /sweep/info says beside the curve's own numbers.
struct SweepInfo {
  Curve curve;
  std::vector<int> measured;
  std::int64_t examples = 0;  ///< of which there are correctness bits
};

std::optional<SweepInfo> readSweepInfo(const H5File& file, const RunHeader& header) {
  const std::string where = file.path() + ": /sweep/info";
  const std::string text = lastTextOf(file, "/sweep/info");
  if (text.empty()) return std::nullopt;
  const nlohmann::json object = parseJson(text, where);
  SweepInfo info;
  const JsonFieldReader read(object, where);
  read("measured", info.measured);
  read("examples", info.examples);
  read("origin", info.curve.orderOrigin);
  read("forwards", info.curve.forwards);
  read("naive_forwards", info.curve.naiveForwards);
  read("layer_share", info.curve.layerShare);
  read("complete", info.curve.complete);
  info.curve.full = metricFromJson(object.value("full", nlohmann::json::object()), where + ": full");
  info.curve.layout = header.layout;
  for (const int kept : info.measured)
    if (kept < 0 || kept > header.layout.headCount())
      throw Error(ErrorKind::BadFile, where + ": found " + std::to_string(kept) + " heads kept, expected 0 to " +
                                          std::to_string(header.layout.headCount()));
  if (info.measured.empty()) return std::nullopt;
  return info;
}

void readSweepRows(const H5File& file, Curve& curve, const std::vector<int>& measured) {
  const std::uint64_t cap = memoryCap(file);
  const std::uint64_t rows = static_cast<std::uint64_t>(curve.layout.headCount()) + 1;
  std::vector<CurvePoint> all(rows);
  for (const SweepSeries& series : sweepSeries()) {
    const std::vector<double> values = file.dataSet(series.path).read<double>(0, rows, cap);
    for (size_t i = 0; i < rows; ++i) series.field(all[i]) = values[i];
  }
  for (const SweepCount& count : sweepCounts()) {
    const std::vector<std::int64_t> values = file.dataSet(count.path).read<std::int64_t>(0, rows, cap);
    for (size_t i = 0; i < rows; ++i) count.field(all[i]) = values[i];
  }
  const std::vector<std::uint8_t> trained = file.dataSet("/sweep/trained").read<std::uint8_t>(0, rows, cap);
  const std::vector<std::string> hashes = file.dataSet("/sweep/mask_hash").readTexts(0, rows, cap);
  for (const int kept : measured) {
    const auto row = static_cast<size_t>(kept);
    CurvePoint point = all[row];
    point.kept = kept;
    point.maskHash = hashes[row];
    point.metric.name = curve.full.name;
    point.trained = trained[row] != 0;
    curve.points.push_back(std::move(point));
  }
}

void readSweepOrder(const H5File& file, Curve& curve) {
  const auto heads = static_cast<std::uint64_t>(curve.layout.headCount());
  const std::vector<std::int32_t> order = file.dataSet("/sweep/order").read<std::int32_t>(0, heads, memoryCap(file));
  std::vector<bool> seen(heads, false);
  for (const std::int32_t head : order) {
    if (head < 0 || head >= curve.layout.headCount() || seen[static_cast<size_t>(head)])
      throw Error(ErrorKind::BadFile, file.path() + ": /sweep/order: found no order of the " + std::to_string(heads) +
                                          " heads; the file is damaged");
    seen[static_cast<size_t>(head)] = true;
  }
  curve.order.assign(order.begin(), order.end());
}

std::optional<Curve> readSweep(const H5File& file, const RunHeader& header) {
  std::optional<SweepInfo> info = readSweepInfo(file, header);
  if (!info) return std::nullopt;
  std::sort(info->measured.begin(), info->measured.end());
  readSweepOrder(file, info->curve);
  readSweepRows(file, info->curve, info->measured);
  return std::move(info->curve);
}

std::optional<TrainReport> readReport(const H5File& file, const RunHeader& header) {
  const std::string where = file.path() + ": /report/json";
  const std::string text = lastTextOf(file, "/report/json");
  if (text.empty()) return std::nullopt;
  TrainReport report = reportFromJson(parseJson(text, where), header.layout, where);
  report.runPath = file.path();  // the file may have been moved since
  return report;
}

std::vector<LatencyTable> readLatencies(const H5File& file, const RunHeader& header) {
  constexpr std::size_t kMostRead = 32;  // a file may have been timed every day
  if (!file.has("/latency/json")) return {};
  const std::string where = file.path() + ": /latency/json";
  std::vector<LatencyTable> newest;
  const std::vector<std::string> texts = lastTextsOf(file, "/latency/json", kMostRead);
  for (size_t i = 0; i < texts.size(); ++i) {
    LatencyTable table;
    try {
      table = latencyFromJson(parseJson(texts[i], where), header.layout, where);
    } catch (const Error&) {
      if (i == 0) throw;
      continue;  // an older row that is damaged is not worth the run
    }
    if (std::none_of(newest.begin(), newest.end(),
                     [&](const LatencyTable& kept) { return kept.sameConditionsAs(table); }))
      newest.push_back(std::move(table));
  }
  return newest;
}

/// "running" is only true while somebody holds the lock: a killed writer could not change its status.
std::string statusNow(const H5File& file) {
  const std::string status = readTextOf(file, "/run/status");
  return status == "running" && !RunLock::isHeld(file.path()) ? "stopped" : status;
}

RunSnapshot readOnce(const H5File& file) {
  const RunHeader header = readHeaderOf(file);
  RunSnapshot run;
  run.path = file.path();
  run.modelPath = header.modelPath;
  run.trainPath = header.trainPath;
  run.devPath = header.devPath;
  run.textColumns = header.textColumns;
  run.labelColumn = header.labelColumn;
  run.maxDevExamples = header.maxDevExamples;
  run.layout = header.layout;
  run.settings = header.settings;
  run.status = statusNow(file);
  run.points = readPoints(file, header);
  run.events = readEvents(file, header);
  run.report = readReport(file, header);
  run.curve = readSweep(file, header);
  run.latencies = readLatencies(file, header);
  run.resumable = run.status != "finished" && CheckpointFolder(file.path()).newestValid().has_value();
  return run;
}

}  // namespace

RunSnapshot readRunFile(const std::string& path) { return readPatiently(path, readOnce); }

RunHeader readRunHeader(const std::string& path) { return readPatiently(path, readHeaderOf); }

std::string modelFolderOf(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return path;
  const std::string folder = readRunHeader(path).modelPath;
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorKind::Io,
                path + ": field model_path: found no folder " + folder +
                    ", expected the model that the run was made with; put it there again, or a link to it");
  return folder;
}

std::optional<RunBaseline> readRunBaseline(const std::string& path) {
  return readPatiently(path, [&](const H5File& file) -> std::optional<RunBaseline> {
    const std::string text = lastTextOf(file, "/baseline/info");
    if (text.empty()) return std::nullopt;
    const std::string where = path + ": /baseline/info";
    const nlohmann::json object = parseJson(text, where);
    RunBaseline baseline{metricFromJson(object.value("metric", nlohmann::json::object()), where), {}};
    std::int64_t examples = 0;
    JsonFieldReader(object, where)("examples", examples);
    const H5DataSet bits = file.dataSet("/baseline/correct");
    baseline.correct = unpackBits(bits.read<std::uint8_t>(0, bits.rows(), memoryCap(file)), examples);
    return baseline;
  });
}

std::optional<CorrectBits> readSweepBits(const std::string& path, int kept) {
  return readPatiently(path, [&](const H5File& file) -> std::optional<CorrectBits> {
    const std::optional<SweepInfo> info = readSweepInfo(file, readHeaderOf(file));
    if (!info || info->examples == 0) return std::nullopt;
    if (std::find(info->measured.begin(), info->measured.end(), kept) == info->measured.end()) return std::nullopt;
    const std::vector<std::uint8_t> bytes =
        file.dataSet("/sweep/correct").read<std::uint8_t>(static_cast<std::uint64_t>(kept), 1, memoryCap(file));
    return unpackBits(bytes, info->examples);
  });
}

}  // namespace headroom
