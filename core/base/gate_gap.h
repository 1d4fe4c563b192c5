// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/comparison.h"

namespace headroom {

/// What a run's gates cost on the same examples when they are drawn at random as in training, when they stand at their
/// test-time values, and when only the run's mask is left of them.
struct GateGap {
  std::string runPath;
  std::string method;
  int kept = 0;  ///< query heads of the mask
  std::int64_t examples = 0;
  SeedMean sampledLoss;   ///< nat, over passes of all examples with gates drawn anew for every batch
  SeedMean sampledScore;  ///< the metric, likewise
  double deterministicLoss = 0;
  double maskLoss = 0;
  MetricValue deterministic, mask;  ///< the metric
};

}  // namespace headroom
