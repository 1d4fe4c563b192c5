// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What a run file holds and where: the one place that writer and reader share. Version 1.
//
//   /            @format "headroom-run", @schema_version, @default "run"
//   /run         header (JSON), status; @default names the group to plot. NXentry
//   /time        step, wall
//   /gates       logit, p (step x head); @block and @head of each column. NXdata
//   /loss /schedule /budget   one value a step each. NXdata
//   /events      one row an event (or several: `part` of `parts`)
//   /report      json: one row a version of the report
//   /baseline    the unpruned model: info (JSON), correct (bits)
//   /sweep       one row for every number of kept heads 0..N; info (JSON) says which are measured. NXdata
//   /latency     json: one row a measured table of what heads cost. Files of earlier programs have no such group
//
// A row counts once its step is written, values count once the info row about them is written: step and info reach the
// file after what they vouch for. Of report, info and latency rows the last one holds.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/snapshots.h"
#include "core/store/h5.h"

namespace headroom {

/// Beside the run while its sweep is not complete: what the sweep needs to go on; see core/jobs/curve_progress_file.h.
[[nodiscard]] inline std::string sweepProgressPath(const std::string& runPath) { return runPath + ".sweep"; }

inline constexpr std::int64_t kRunSchemaVersion = 1;
inline constexpr const char* kRunFormat = "headroom-run";
inline constexpr std::size_t kStatusBytes = 1024;
inline constexpr std::size_t kEventHeadsBytes = 4096;
inline constexpr std::size_t kEventTextBytes = 1024;

/// What a run was made of; written once, when the run file is created.
struct RunHeader {
  TrainSettings settings;
  HeadLayout layout;
  bool gated = true;  ///< false for plain training: no gate values are stored
  std::string family;
  std::string modelPath;
  std::string modelSha256;  ///< of the weights, as trainSha256 is of the data file
  std::string trainPath;
  std::string trainSha256;
  std::int64_t trainExamples = 0;
  std::string devPath;
  std::string devSha256;
  std::int64_t devExamples = 0;
  std::vector<std::string> textColumns;
  std::string labelColumn;
  std::int64_t maxDevExamples = 0;  ///< of the dev set; 0 = all
  std::string device;
  int threads = 0;
  std::string libtorch;  ///< version
  std::string programVersion;
  std::string confidence;  ///< which form the reopening used, e.g. "maps of every 4th step"
  std::string started;     ///< ISO 8601, UTC
  bool operator==(const RunHeader&) const = default;
};

[[nodiscard]] std::string headerToText(const RunHeader& header);
/// Throws Error(BadFile) beginning with `where`.
[[nodiscard]] RunHeader headerFromText(const std::string& text, const std::string& where);

/// Tells the run's checkpoints from those of other runs. The same for every version of this program.
[[nodiscard]] std::string runIdentity(const RunHeader& header);

/// Throws Error(BadInput) when the run was made with another model (family, heads, weights) or other data than `now`.
/// Checks only what `now` fills in.
void requireSameOrigin(const std::string& runPath, const RunHeader& run, const RunHeader& now);

/// One scalar a step: its data set and its place in TrainPoint.
struct RunSeries {
  const char* path;
  const char* units;
  const char* longName;
  double TrainPoint::*field;
};
[[nodiscard]] const std::vector<RunSeries>& runSeries();

/// One number a sweep row: its data set and how to reach it.
struct SweepSeries {
  const char* path;
  const char* units;
  const char* longName;
  double& (*field)(CurvePoint&);
};
[[nodiscard]] const std::vector<SweepSeries>& sweepSeries();
/// The same for whole numbers.
struct SweepCount {
  const char* path;
  const char* longName;
  std::int64_t& (*field)(CurvePoint&);
};
[[nodiscard]] const std::vector<SweepCount>& sweepCounts();

[[nodiscard]] const char* eventName(TrainEventKind kind);
/// Unknown names (of a newer program) read as Warning.
[[nodiscard]] TrainEventKind eventKind(const std::string& name);

/// Eight examples a byte, the first in the lowest bit.
[[nodiscard]] std::vector<std::uint8_t> packBits(const CorrectBits& bits);
[[nodiscard]] CorrectBits unpackBits(std::span<const std::uint8_t> bytes, std::int64_t examples);

/// Makes every group, data set and attribute of a run file; nothing can be added while it is written.
void createRunSchema(H5File& file, const RunHeader& header);
/// The part of it that files of earlier programs lack.
void createLatencyGroup(H5File& file);

}  // namespace headroom
