// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// The run whose gates are on screen. Its film (all points) lives in the views; here is what decides things.
struct OpenRun {
  std::string path;  ///< empty = no run
  TrainSettings settings;
  std::vector<float> logAlpha;  ///< newest, one a head; empty = plain training or nothing logged yet
  std::int64_t step = 0;
  std::optional<TrainReport> report;
  bool resumable = false;  ///< unfinished, with a checkpoint
};

/// A run of this session, for the list of runs.
struct SessionRun {
  std::string path;
  TrainSettings settings;
  std::optional<TrainReport> report;  ///< once it has ended
  std::string status;                 ///< "running", "paused", "finished", "stopped", "failed"
  std::string modelPath, devSha256;   ///< what it was trained from and measured on
};

/// Heads from the one to keep first to the one to close first; empty without gates.
[[nodiscard]] std::vector<int> orderOf(const std::vector<float>& logAlpha);

}  // namespace headroom
