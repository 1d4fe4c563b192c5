// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/survivors.h"

namespace headroom {

/// Maps of all heads side by side, the first layer at the bottom: the darker a cell, the larger its share (0..1, one a
/// head). Each map has a line of text above it.
struct ShareMap {
  std::string label;
  std::vector<double> shares;
};
[[nodiscard]] std::string svgShareMaps(const HeadLayout& layout, const std::vector<ShareMap>& maps,
                                       const std::string& title);

/// The matrix with its numbers: blue where choices agree more than by chance, orange where less, white at chance.
[[nodiscard]] std::string svgOverlap(const OverlapMatrix& matrix, const std::string& title);

/// Three columns of bars, bottom to top third of the layers: the share of each method's survivors that lie there, with
/// the mean number of heads; a line where as many would lie by chance.
[[nodiscard]] std::string svgDepths(const std::vector<DepthRow>& rows, const HeadLayout& layout,
                                    const std::string& title);

}  // namespace headroom
