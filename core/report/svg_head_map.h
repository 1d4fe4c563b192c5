// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "core/base/head_mask.h"

namespace headroom {

/// The heads of a model as cells, a row a block, the first layer at the bottom; kept ones are filled, by `shades` (one
/// a head, 0..1) where given; pruned ones are crossed out.
[[nodiscard]] std::string svgHeadMap(const HeadMask& mask, std::span<const double> shades = {},
                                     const std::string& title = {});

}  // namespace headroom
