// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

/// Reads a headroom-scores/1 file, {"format": "headroom-scores/1", "scores": {"encoder.self": [[0.3, 0.1, ...], ...]}}:
/// one finite number a head, largest = keep first. Returns them in flat order. Throws Error for another format, unknown
/// or missing groups, and a wrong number of layers or heads.
[[nodiscard]] std::vector<double> readScoresFile(const std::string& path, const HeadLayout& layout);
/// Such a file's text, on one line.
[[nodiscard]] std::string scoresToJson(const HeadLayout& layout, std::span<const double> scores);

}  // namespace headroom
