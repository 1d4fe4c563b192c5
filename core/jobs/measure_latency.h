// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/job_context.h"
#include "core/base/latency_table.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// Measures the open model's layers at every number of heads, on the workspace's device, threads and element type. A
/// machine that was too busy is said in the table (`busy`), not thrown.
[[nodiscard]] LatencyTable measureLatency(Workspace& workspace, const LatencySettings& settings,
                                          const JobContext& context);
/// Stores the table in a run file, in place of the one before. Throws Error: Io where the file or its folder is
/// read-only, Busy where it is open elsewhere, BadInput for a run of another model.
void keepLatency(const std::string& runPath, const LatencyTable& table);

/// A model that was really compacted, timed beside the unpruned one.
struct VerifiedLatency {
  double fullMs = 0;
  double ms = 0;
  double spread = 1;
  std::string busy;  ///< as in LatencyTable
};
/// The check of a table's prediction: compacts the open model to the mask and times both.
[[nodiscard]] VerifiedLatency verifyLatency(Workspace& workspace, const HeadMask& mask, const LatencySettings& settings,
                                            const JobContext& context);

}  // namespace headroom
