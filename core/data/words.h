// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// What stands between white space, as Python's str.split() sees it.
[[nodiscard]] std::vector<std::string> wordsOf(std::string_view text);

}  // namespace headroom
