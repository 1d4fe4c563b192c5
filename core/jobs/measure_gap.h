// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/gate_gap.h"
#include "core/base/job_context.h"
#include "core/jobs/workspace.h"

namespace headroom {

struct GapRequest {
  int samples = 8;  ///< passes with drawn gates, 2 to 1000
  std::uint64_t seed = 1;
};

/// The train/test gap of the run that is open, on the dev data, from the gates' state in its last checkpoint. Test-time
/// gates are those of the mask for methods that keep whole heads; CoFi's soft survivors for Lagrangian L0. Throws
/// Error(BadInput) for a run that trained no gates.
[[nodiscard]] GateGap measureGap(Workspace& workspace, const GapRequest& request, const JobContext& context);

}  // namespace headroom
