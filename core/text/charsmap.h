// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace headroom {

/// Whether the bytes are SentencePiece's compiled normalisation rules: the size of a double-array trie, the trie, and
/// the texts that its leaves point to. Every step of every look-up stays inside.
[[nodiscard]] bool isCharsmap(std::string_view bytes);

}  // namespace headroom
