// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// The head part of width and depth pruning (WDPruning, Yu et al. 2022): every block learns what share of its heads to
/// keep, every head a score that says which; a multiplier grows while more than K heads are open. A block never goes
/// below one head, unless there are more blocks than K. logAlpha() says how far a head is inside its block's share, in
/// heads; a block's best head stands before all others.
[[nodiscard]] std::unique_ptr<GateMethod> makeWdPruning(const HeadLayout& layout, const TrainSettings& settings,
                                                        const RunLength& length);

}  // namespace headroom
