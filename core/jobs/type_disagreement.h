// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/base/head_mask.h"
#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// Runs the open model under a mask over the first examples of the dev set (whole micro-batches, 512 examples at most)
/// in the workspace's element type and in float32. Absent where that type is float32. Measured once for a mask and
/// kept.
[[nodiscard]] std::optional<TypeDisagreement> measureTypeDisagreement(Workspace& workspace, const HeadMask& mask,
                                                                      const JobContext& context);

}  // namespace headroom
