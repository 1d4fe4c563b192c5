// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/run_comparison.h"

namespace headroom {

/// Reads finished runs and lays them side by side; no model is opened. Differences of single examples are known of runs
/// that were swept. Throws Error(BadInput) for fewer than two runs, for one that has not ended, and for one whose
/// attention blocks are not the first one's.
[[nodiscard]] RunComparison compareRuns(const std::vector<std::string>& paths);

}  // namespace headroom
