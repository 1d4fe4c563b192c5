// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "core/base/error.h"

namespace headroom {

/// How far a job has come. `total` 0 = unknown.
struct Progress {
  std::string task;       ///< "training", "sweeping", ...
  std::int64_t step = 0;  ///< steps, examples or masks done
  std::int64_t total = 0;
  double secondsLeft = -1;  ///< negative = unknown
  std::string detail = {};  ///< what else is known: "run 3 of at most 12"
};

/// What every job gets beside its request. All members may be empty. Callbacks run on the job's own thread.
struct JobContext {
  std::stop_token stop;
  std::function<void(const Progress&)> progress;
  /// Called by long jobs between micro-batches: the runner answers interactive requests (the slider) there,
  /// so that no second thread computes beside the training.
  std::function<void()> betweenBatches;

  void report(const Progress& p) const {
    if (progress) progress(p);
  }
  /// Throws Cancelled when a stop was asked for.
  void checkStop() const {
    if (stop.stop_requested()) throw Cancelled();
  }
  void yield() const {
    if (betweenBatches) betweenBatches();
  }
};

}  // namespace headroom
