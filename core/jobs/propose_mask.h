// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/jobs/workspace.h"
#include "core/propose/mask_choice.h"

namespace headroom {

struct ProposeRequest {
  Demand demand;
  std::vector<double> scores;  ///< one a head, largest = keep first; empty = the open run's log alpha
  std::string unit = "head";   ///< see HeadUnits
  LatencySettings latency;
  std::optional<LatencyTable> table;  ///< measured before; absent = measured now
  bool evenIfBusy = false;            ///< goes on with times that a busy machine gave
};

/// What can be had for what.
struct Proposal {
  LatencyTable table;
  std::vector<MaskChoice> choices;  ///< along the scores' order and along the order that minds latency, by time
  std::optional<size_t> best;       ///< among the choices; absent when none meets the demand
};

/// Measures layers, unless their times are given, and accuracy, then chooses.
[[nodiscard]] Proposal proposeMask(Workspace& workspace, const ProposeRequest& request, const JobContext& context);

}  // namespace headroom
