// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace headroom {

/// Text out of a file, fit for a message: quoted, cut to 100 bytes, anything but plain ASCII shown as '?'.
[[nodiscard]] std::string shown(std::string_view text);

/// JSON of a small file: nesting bounded, a key named twice refused. Throws Error(BadFile) that begins with `where`.
[[nodiscard]] nlohmann::json parseJson(std::string_view text, const std::string& where);

/// What a message shows of a value: numbers and short text as they are, else the kind ("an array").
[[nodiscard]] std::string foundText(const nlohmann::json& value);

}  // namespace headroom
