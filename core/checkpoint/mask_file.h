// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/head_mask.h"

namespace headroom {

/// Reads a headroom-mask/1 file against the model's layout. Throws Error for another format, unknown or missing groups,
/// a wrong number of layers, and heads that are out of range or named twice.
[[nodiscard]] HeadMask readMaskFile(const std::string& path, const HeadLayout& layout);
/// The same from text; `where` is what messages call it.
[[nodiscard]] HeadMask maskFromJson(const std::string& json, const std::string& where, const HeadLayout& layout);
/// {"format": "headroom-mask/1", "kept": {"encoder.self": [[0, 2], [], ...]}} on one line.
[[nodiscard]] std::string maskToJson(const HeadMask& mask);
void writeMaskFile(const std::string& path, const HeadMask& mask);

}  // namespace headroom
