// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/snapshots.h"
#include "core/store/run_lock.h"
#include "core/store/run_schema.h"

namespace headroom {

/// Writes one run file while others read it. Holds the run's lock. What was flushed outlives a kill of the process.
/// After a write that failed (full disk) every call throws; the file stays readable up to the last good flush.
class RunWriter {
 public:
  /// Error(BadInput) when the run or checkpoints of an earlier one exist, unless `overwrite`, which removes them; what
  /// is no run of this program is never removed.
  [[nodiscard]] static RunWriter create(const std::string& path, const RunHeader& header, bool overwrite = false);
  /// Throws what create() would throw for such a place, and writes nothing.
  static void requirePlace(const std::string& path, bool overwrite);
  /// Goes on with a run: points, events and checkpoints after `step` and the report and sweep are removed, also from a
  /// file left behind by a kill. Status becomes "running".
  [[nodiscard]] static RunWriter resume(const std::string& path, std::int64_t step);
  /// Opens a run to add a report, a baseline, a sweep or a latency table; removes nothing.
  [[nodiscard]] static RunWriter reopen(const std::string& path);
  ~RunWriter();
  RunWriter(RunWriter&&) noexcept;
  RunWriter& operator=(RunWriter&&) = delete;

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] const RunHeader& header() const;

  /// Cheap: kept in memory and written at the latest by the first append one second after the last flush.
  void append(const TrainPoint& point);
  void append(const TrainEvent& event);
  /// Writes what was appended. Call it before a checkpoint is written and when training pauses.
  void flush();
  /// "running", "stopped", "finished" or "failed: why"; reaches the file at once.
  void setStatus(const std::string& status);
  void writeReport(const TrainReport& report);
  /// The unpruned model on the dev set.
  void writeBaseline(const MetricValue& metric, const CorrectBits& correct);
  /// `correct` has one entry a point of the curve (or is empty). A sweep that is under way may be written repeatedly.
  void writeSweep(const Curve& curve, std::span<const CorrectBits> correct);
  /// What heads cost, in place of what was stored before. Throws Error(BadInput) for a table of another model.
  void writeLatency(const LatencyTable& table);
  /// Flushes and closes; the destructor does the same but swallows errors.
  void close();

 private:
  struct State;
  explicit RunWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> m_state;
};

}  // namespace headroom
