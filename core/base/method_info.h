// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

/// One way to choose heads, as `headroom-cli methods` and the window show it.
struct MethodInfo {
  std::string name;         ///< "passconc"
  std::string title;        ///< "PASSCONC"
  std::string description;  ///< one sentence
  std::string
      regime;  ///< "joint training": weights and gates learn together; "post-hoc": a trained model is judged as it is
  std::vector<std::string> needs;  ///< "labels", "training", "attention maps", "random numbers"
  std::vector<std::string> gives;  ///< "one mask at K with changed weights", "order by log alpha"
  bool gates = false;              ///< trains gates towards K heads
  bool ofOneK = false;             ///< judges for one K: its choices for two need not be nested
  bool reopens = false;  ///< clips and reopens closed heads unless told otherwise; for the others it is a choice
};

/// A need of methods that choose by input; see unmetNeed().
inline constexpr const char* kEncoderOnly = "an encoder only";

/// A need of methods that try whole masks: what they choose by.
inline constexpr const char* kEvaluations = "evaluations";

/// Why the method cannot work on a model with these heads, for a person to read; empty where it can.
[[nodiscard]] std::string unmetNeed(const MethodInfo& method, const HeadLayout& layout);

/// What binds the numbers of heads that the method `name` leaves in the layers, for a person to read after the method's
/// name; empty where it may leave any number in any layer.
[[nodiscard]] std::string layerBound(const std::string& name);

}  // namespace headroom
