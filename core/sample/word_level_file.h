// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace headroom {

/// A tokenizer.json in which every word is a token, its place in `words` its id, and `special` ones stand for
/// themselves; every text ends with `end`, where that is not empty.
[[nodiscard]] std::string wordLevelJson(const std::vector<std::string>& words, const std::vector<std::string>& special,
                                        const std::string& end = "");

}  // namespace headroom
