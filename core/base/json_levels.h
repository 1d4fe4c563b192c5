// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace headroom {

/// Levels of lists and objects that a JSON file may nest. Values are copied and printed by recursion: many more would
/// overflow the stack.
constexpr int kMostJsonLevels = 32;

/// Whether JSON text nests deeper than kMostJsonLevels. Text that is no JSON may give either answer.
[[nodiscard]] bool nestsTooDeeply(std::string_view json);

}  // namespace headroom
