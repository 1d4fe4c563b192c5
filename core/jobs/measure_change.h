// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/base/head_mask.h"
#include "core/base/job_context.h"
#include "core/base/mask_change.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// What going from one mask of the open model to another changes on the dev set: leave-one-out where they differ in a
/// head. `partial` sees the estimate after every micro-batch. What is known of either mask is not measured again.
[[nodiscard]] MaskChange measureChange(Workspace& workspace, const HeadMask& from, const HeadMask& to,
                                       const JobContext& context,
                                       const std::function<void(const MaskChange&)>& partial = {});

}  // namespace headroom
