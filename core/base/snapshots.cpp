// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/snapshots.h"

#include <algorithm>

namespace headroom {

std::string wayToK(const TrainSettings& settings) {
  if (settings.method != "l0") return {};
  return settings.lambdaSearched ? "bisection on lambda" : "top K of log alpha";
}

HeadMask Curve::maskFor(int kept) const {
  HeadMask mask(layout, false);
  for (int i = 0; i < kept && i < static_cast<int>(order.size()); ++i) mask.set(order[static_cast<size_t>(i)], true);
  return mask;
}

const CurvePoint* Curve::at(int kept) const {
  const auto found = std::lower_bound(points.begin(), points.end(), kept,
                                      [](const CurvePoint& point, int k) { return point.kept < k; });
  return found != points.end() && found->kept == kept ? &*found : nullptr;
}

}  // namespace headroom
