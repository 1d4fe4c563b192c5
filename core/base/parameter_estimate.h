// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/snapshots.h"

namespace headroom {

/// Parameters that a mask leaves, from what a model's summary tells: rows of W_Q, W_K, W_V and columns of W_O, without
/// biases (less than a thousandth of them).
[[nodiscard]] double estimatedParameters(const ModelSummary& model, const HeadMask& mask);

}  // namespace headroom
