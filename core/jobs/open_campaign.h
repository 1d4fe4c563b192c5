// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/comparison.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// readCampaign() for the open model; says whether it was compared on other weights than that model's.
[[nodiscard]] Comparison openCampaign(Workspace& workspace, const std::string& path);

}  // namespace headroom
