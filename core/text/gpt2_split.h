// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace headroom {

/// Bytes of the first part of `text` (not empty) by GPT-2's pattern
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// A byte that is not UTF-8 counts as a mark that is neither letter, number nor space.
[[nodiscard]] size_t firstGpt2Part(std::string_view text);

}  // namespace headroom
