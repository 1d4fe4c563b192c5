// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/model/torch_api.h"

namespace headroom {

/// How long one of the timed things takes.
struct Timing {
  double ms = 0;      ///< 10 % quantile of the samples
  double median = 0;  ///< ms
  int samples = 0;
};

struct InterleavedTimings {
  std::vector<Timing> timings;  ///< in the order of the work
  double spread = 1;            ///< median / 10 % quantile of the reference's samples
  double drift = 0;             ///< of the reference's quantile between the halves of the measurement, as a share
  std::string busy;             ///< why the machine was too busy to believe this; empty when it was quiet
};

struct InterleavedPlan {
  torch::Device device{torch::kCPU};
  double secondsAtMost = 30;
  std::uint64_t seed = 1;
  std::string task;  ///< what progress is called
};

/// Times several things on one machine so that they can be compared: every round runs each of them once, in a new
/// random order, so that slow moments hit all alike; the low quantile leaves such moments out; the first one is the
/// reference, whose spread and drift tell whether the machine was quiet. Short work is repeated within a sample. On
/// GPUs the time is that between two events.
[[nodiscard]] InterleavedTimings timeInterleaved(const std::vector<std::function<void()>>& work,
                                                 const InterleavedPlan& plan, const JobContext& context);

/// The q-quantile, 0 <= q <= 1, nearest rank; `values` must not be empty.
[[nodiscard]] double quantile(std::vector<double> values, double q);

}  // namespace headroom
