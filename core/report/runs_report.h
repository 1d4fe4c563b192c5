// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/run_comparison.h"

namespace headroom {

/// Runs side by side as one page: a table, their heads, how much their masks agree.
[[nodiscard]] std::string runsReportHtml(const RunComparison& comparison);
/// One line a run, with a header.
[[nodiscard]] std::string runsCsv(const RunComparison& comparison);
/// "+1.2 (-0.3 to 2.7) points"; "-" where none is known.
[[nodiscard]] std::string pointsText(const std::optional<PairedDifference>& difference);

}  // namespace headroom
