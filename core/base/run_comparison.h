// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// A finished run among others.
struct ComparedRun {
  std::string path;
  TrainReport report;
  int units = 0;                            ///< of the model, which K is out of
  std::optional<PairedDifference> toFirst;  ///< less the first run, on the same dev examples; absent where not known
};

/// How much the masks of two runs agree.
struct RunOverlap {
  size_t first = 0, second = 0;  ///< places among the runs
  double jaccard = 0;
  double chance = 0;  ///< of two random choices as large as these
};

/// Finished runs of one layout side by side.
struct RunComparison {
  HeadLayout layout;
  std::vector<ComparedRun> runs;
  std::vector<RunOverlap> overlaps;  ///< every pair
  std::string unpaired;              ///< why some run has no toFirst; empty where all have one
};

}  // namespace headroom
