// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/rng.h"

namespace headroom {

/// What one clip-and-reopen event did.
struct ReopeningResult {
  std::vector<int> clipped;   ///< flat indices of heads that stood beyond the bound
  std::vector<int> reopened;  ///< flat indices of closed heads that were opened again
};

/// Selective reopening (PASS): clips every log alpha to [-clipAt, clipAt], then opens each head that sits at -clipAt
/// with probability `chance` * confidence_i / max confidence (values below 0 count as 0; without any nothing reopens).
/// With `tieNoise` > 0 each clipped or reopened gate is then moved inwards by up to that much, so that no two tie.
ReopeningResult clipAndReopen(std::span<double> logAlpha, std::span<const double> confidence, double clipAt,
                              double tieNoise, Rng& rng, double chance = 1);

}  // namespace headroom
