// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/text/json_fields.h"

namespace headroom {

/// How SentencePiece and LLaMA spell a space.
inline constexpr const char* kSpelledSpace = "\u2581";

/// Which stretches of text, cut at the whole tokens, get a space in front.
enum class SpacePrefix : std::uint8_t {
  Never,
  First,  ///< the one that begins the text
  Always
};

/// What a pre-tokenizer Metaspace says. A stretch that begins with a space of its own gets no other.
struct Metaspace {
  SpacePrefix prefix = SpacePrefix::Always;
  bool cutsAtSpaces = true;  ///< every space begins a word, which is encoded for itself
};

/// Throws Error where `step` is another pre-tokenizer, or spells a space otherwise than U+2581.
[[nodiscard]] Metaspace readMetaspace(const Json& step, const std::string& path);

}  // namespace headroom
