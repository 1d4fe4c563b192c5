// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/method_info.h"
#include "core/methods/gate_method.h"

namespace headroom {

/// The methods that train.
[[nodiscard]] const std::vector<MethodInfo>& methodTable();
/// Throws Error naming the methods there are.
[[nodiscard]] const MethodInfo& findMethod(const std::string& name);

/// The gates of `settings.method` for a model of that layout; nullptr for plain training.
[[nodiscard]] std::unique_ptr<GateMethod> makeGateMethod(const HeadLayout& layout, const TrainSettings& settings,
                                                         const RunLength& length);

}  // namespace headroom
