// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// Hard gates for the heads with the largest scores, whose gradient passes to the scores as if nothing had been
/// rounded. logAlpha() are the scores.

/// DSP's straight-through form (Li et al. 2021): K heads from the first step on.
[[nodiscard]] std::unique_ptr<GateMethod> makeStraightThrough(const HeadLayout& layout, const TrainSettings& settings,
                                                              const RunLength& length);

/// Movement pruning in blocks of one head (Lagunas et al. 2021): scores begin at 0 and grow where the weights are
/// useful; the number of open heads falls from N to K by a cubic schedule.
[[nodiscard]] std::unique_ptr<GateMethod> makeMovement(const HeadLayout& layout, const TrainSettings& settings,
                                                       const RunLength& length);

}  // namespace headroom
