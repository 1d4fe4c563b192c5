// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headroom {

/// Byte-level vocabularies spell every byte as one visible character: printable ones as themselves, the others, in
/// order, from U+0100 on (a space is U+0120).
[[nodiscard]] const std::string& spelledByte(unsigned char byte);

/// The bytes that such a token stands for; nothing when it has a character that spells no byte.
[[nodiscard]] std::optional<std::string> bytesOfToken(std::string_view token);

}  // namespace headroom
