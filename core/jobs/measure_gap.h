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

/// The train/test gap of the run that is open, on the dev data. Needs gates that are drawn from log alpha alone
/// (hard-concrete ones); throws Error(BadInput) saying why another run has no such gap.
[[nodiscard]] GateGap measureGap(Workspace& workspace, const GapRequest& request, const JobContext& context);

}  // namespace headroom
