// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "core/methods/gate_method.h"

namespace headroom {

/// Clipping and selective reopening (PASS) beside a method that has none of its own: moves what it holds for every head
/// (GateMethod::headScores). `layout` and `settings` are the method's.
[[nodiscard]] std::unique_ptr<GateMethod> withReopening(std::unique_ptr<GateMethod> method,
                                                        const TrainSettings& settings, const RunLength& length);

}  // namespace headroom
