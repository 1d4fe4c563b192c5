// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "core/base/head_mask.h"

namespace headroom {

/// What trained gates amount to, judged on the trained log alpha before any projection.
struct GateVerdict {
  HeadMask mask;                ///< the K heads with the largest log alpha
  bool exact = false;           ///< K gates at log alpha >= 2.4 and all others at <= -2.4: no threshold was needed
  double jointProbability = 0;  ///< P(every gate is what the mask says)
};

[[nodiscard]] GateVerdict judge(const HeadLayout& layout, std::span<const double> logAlpha, int keep);
/// The same where gates are those of units ("head" or "group", see HeadUnits) and K counts these; the mask is of heads.
[[nodiscard]] GateVerdict judgeUnits(const HeadLayout& heads, const std::string& unit, std::span<const double> logAlpha,
                                     int keep);

}  // namespace headroom
