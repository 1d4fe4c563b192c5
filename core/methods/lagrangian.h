// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// The head and attention-layer gates of CoFi (Xia et al. 2022; the Lagrangian is Wang et al. 2020's): a head's gate
/// times its block's, all open at first; multipliers that grow while the expected number of open heads is off a target
/// which moves from N to K over the first half of the run. Survivors count as fully open ("binarised").
[[nodiscard]] std::unique_ptr<GateMethod> makeLagrangian(const HeadLayout& layout, const TrainSettings& settings,
                                                         const RunLength& length);

}  // namespace headroom
