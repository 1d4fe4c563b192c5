// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// A mask that is held for comparison, with what it scored.
struct MaskPin {
  std::string name;  ///< "A"
  HeadMask mask;
  std::optional<EvalResult> answer;  ///< complete; absent until it was measured
};

/// "A" to "Z", then "A2", ...: the first that no pin has.
[[nodiscard]] std::string freePinName(const std::vector<MaskPin>& pins);

}  // namespace headroom
