// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/mask_comparison.h"

namespace headroom {

std::vector<std::string> collapsedClasses(const MaskComparison& comparison, double wholeLoss) {
  std::vector<std::string> names;
  for (const SliceScore& slice : comparison.classes) {
    const double loss = slice.full.value - slice.masked.value;
    if (loss > 0.2 && slice.masked.value < 0.5 * slice.full.value && wholeLoss < loss / 2) names.push_back(slice.name);
  }
  return names;
}

}  // namespace headroom
