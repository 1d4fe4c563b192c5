// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// What stands between white space, as Python's str.split() sees it.
[[nodiscard]] std::vector<std::string> wordsOf(std::string_view text);
/// The text without the blanks, tabs and line ends around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// With the letters A to Z made small, and no others.
[[nodiscard]] std::string lowerAscii(std::string_view text);

}  // namespace headroom
