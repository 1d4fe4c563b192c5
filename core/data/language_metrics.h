// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "core/base/snapshots.h"

namespace headroom {

/// How a model did on the judged tokens of one window.
struct WindowScore {
  double loss = 0;          ///< sum of the cross entropies, nat
  std::int64_t judged = 0;  ///< tokens
  std::int64_t right = 0;   ///< tokens that scored highest
};

/// exp(mean loss a token). Tokens of a window resemble each other, so the 95 % interval counts windows as the
/// independent ones (ratio estimator). `examples` = windows. With fewer than two windows the interval is 1 to infinity.
[[nodiscard]] MetricValue perplexityWithInterval(std::span<const WindowScore> windows);

/// Share of tokens that scored highest: Wilson's interval for as many tokens as count as independent by the spread
/// between windows. `examples` = windows.
[[nodiscard]] MetricValue tokenAccuracyWithInterval(std::span<const WindowScore> windows);

/// Token accuracy of b less that of a on the same windows, with a 95 % interval of the paired differences between
/// windows; `gained` and `lost` count the windows in which b has more, or fewer, tokens right. Throws Error when the
/// windows differ.
[[nodiscard]] PairedDifference pairedTokenDifference(std::span<const WindowScore> a, std::span<const WindowScore> b);

}  // namespace headroom
