// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/mask_pin.h"

namespace headroom {

/// What the pins' answers were measured with.
struct PinsOrigin {
  std::string devSha256;
  std::string weights;  ///< as the run names them; empty before it has any of its own
  bool operator==(const PinsOrigin&) const = default;
};

/// Where the pins of a run lie: beside it.
[[nodiscard]] std::string pinsPath(const std::string& runPath);
/// Writes headroom-pins/1: names, masks and, as measured with `origin`, their answers. Without pins the file goes.
void writePinsFile(const std::string& path, const std::vector<MaskPin>& pins, const PinsOrigin& origin);
/// No pins where there is no file. Answers are taken only for the same origin. Throws Error as maskFromJson() does.
[[nodiscard]] std::vector<MaskPin> readPinsFile(const std::string& path, const HeadLayout& layout,
                                                const PinsOrigin& origin);

}  // namespace headroom
