// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/mask_pin.h"

namespace headroom {

/// Where the pins of a run lie: beside it.
[[nodiscard]] std::string pinsPath(const std::string& runPath);
/// Writes headroom-pins/1: names, masks and, as measured on the data with that hash, their answers. Without pins the
/// file goes.
void writePinsFile(const std::string& path, const std::vector<MaskPin>& pins, const std::string& devSha256);
/// No pins where there is no file. Answers are taken only for the same data. Throws Error as maskFromJson() does.
[[nodiscard]] std::vector<MaskPin> readPinsFile(const std::string& path, const HeadLayout& layout,
                                                const std::string& devSha256);

}  // namespace headroom
