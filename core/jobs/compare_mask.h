// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_context.h"
#include "core/base/mask_comparison.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// Which examples of the dev data a mask flips against the model as it was opened, and how classes and lengths fare.
/// What was measured of the mask is used again.
[[nodiscard]] MaskComparison compareMask(Workspace& workspace, const HeadMask& mask, const JobContext& context);

}  // namespace headroom
