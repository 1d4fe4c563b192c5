// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/base/method_info.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

/// Behnke & Heafield 2020 (and Prasanna et al. 2020's rewinding): train a little, remove the heads of the least
/// confidence, set what is left back to where it began, again and again until K are left; then train these.
[[nodiscard]] const MethodInfo& lotteryInfo();

struct LotteryTicket {
  HeadMask mask;
  Transformer model;            ///< only the kept heads, trained to the end
  std::int64_t steps = 0;       ///< of all rounds and of the end
  double confidencePasses = 0;  ///< over the calibration examples
};

/// `settings.steps` in all: a half for the rounds, a half for the end. `calibration` is what confidence is taken on;
/// `round` sees the mask and the model that the next round starts from.
[[nodiscard]] LotteryTicket drawTicket(Workspace::State& state, const EvaluationSet& calibration,
                                       const TrainSettings& settings, const JobContext& context,
                                       const std::function<void(const HeadMask&, const Transformer&)>& round = {});

}  // namespace headroom
