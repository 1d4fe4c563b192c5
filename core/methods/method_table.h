// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/methods/gate_method.h"

namespace headroom {

/// One way to choose heads, as `headroom-cli methods` and the window show it.
struct MethodInfo {
  std::string name;         ///< "passconc"
  std::string title;        ///< "PASSCONC"
  std::string description;  ///< one sentence
  std::string regime;       ///< "joint training"
  std::vector<std::string> needs;  ///< "labels", "training", "attention maps", "random numbers"
  std::vector<std::string> gives;  ///< "one mask at K with changed weights", "order by log alpha"
  bool gates = false;       ///< trains gates towards K heads
};

[[nodiscard]] const std::vector<MethodInfo>& methodTable();
/// Throws Error naming the methods there are.
[[nodiscard]] const MethodInfo& findMethod(const std::string& name);

/// The gates of `settings.method` for a model of that layout; nullptr for plain training.
[[nodiscard]] std::unique_ptr<GateMethod> makeGateMethod(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length);

}  // namespace headroom
