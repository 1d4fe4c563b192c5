// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPen>

namespace headroom {

/// The colour of the n-th of many series: Okabe and Ito's, those that stand out on light and dark ground.
[[nodiscard]] QColor seriesColour(size_t index);
/// The same as a line; dashes tell series apart whose colours come round again.
[[nodiscard]] QPen seriesPen(size_t index);

}  // namespace headroom
