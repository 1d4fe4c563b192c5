// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "core/base/snapshots.h"
#include "core/store/run_schema.h"

namespace headroom {

// All of these work while the run is being written, after a kill, and on closed files, and write nothing. They throw
// Error(BadFile) with one line for a file that is cut short, junk, another program's or of a newer schema.

/// The whole run. A run whose writer was killed reads as "stopped".
[[nodiscard]] RunSnapshot readRunFile(const std::string& path);
[[nodiscard]] RunHeader readRunHeader(const std::string& path);

/// The model folder that `path` means: a run file's, or `path` itself. Throws Error(Io) when the run's is gone.
[[nodiscard]] std::string modelFolderOf(const std::string& path);

/// What writeBaseline stored.
struct RunBaseline {
  MetricValue metric;
  CorrectBits correct;
};
[[nodiscard]] std::optional<RunBaseline> readRunBaseline(const std::string& path);
/// Which examples were right with `kept` heads; absent when the sweep has not measured that number.
[[nodiscard]] std::optional<CorrectBits> readSweepBits(const std::string& path, int kept);

}  // namespace headroom
