// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/snapshots.h"

namespace headroom {

/// What going from one mask to another changes, on the same examples.
struct MaskChange {
  std::string fromHash, toHash;
  MetricValue metric;           ///< under the other mask
  PairedDifference difference;  ///< the other one's minus the first one's
  std::int64_t examplesTotal = 0;
  bool complete = false;
};

}  // namespace headroom
