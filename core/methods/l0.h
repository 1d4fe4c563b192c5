// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// Voita et al. 2019: hard-concrete gates with the expected number of open ones as penalty, weighed by settings.lambda.
/// How many stay open follows from lambda alone; K is then taken from the top of log alpha.
[[nodiscard]] std::unique_ptr<GateMethod> makeL0(const HeadLayout& layout, const TrainSettings& settings,
                                                 const RunLength& length);

}  // namespace headroom
