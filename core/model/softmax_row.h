// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace headroom {

/// row[i] = exp(row[i] + bias[i] - largest) / sum, over `count` values; `bias` may be null. Relative error below 1e-6;
/// a value that is no number makes the row no numbers.
void softmaxRow(float* row, const float* bias, std::int64_t count);

}  // namespace headroom
