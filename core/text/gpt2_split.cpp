// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/gpt2_split.h"

#include <algorithm>
#include <array>

#include "core/text/unicode.h"

namespace headroom {

namespace {

enum class Kind { Space, Letter, Number, Other };

struct Character {
  Kind kind;
  size_t bytes;
};

Character characterAt(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at);
  const size_t bytes = firstCharacterBytes(rest);
  const char32_t character = decodeUtf8(rest.substr(0, bytes))[0];
  const Kind kind = isPatternSpace(character) ? Kind::Space
                    : isLetter(character)     ? Kind::Letter
                    : isNumber(character)     ? Kind::Number
                                              : Kind::Other;
  return {kind, bytes};
}

/// Bytes of an English ending such as 's or 'll at the front; 0 for none.
size_t contraction(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kEndings{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
  const auto found = std::find_if(kEndings.begin(), kEndings.end(),
                                  [text](std::string_view ending) { return text.starts_with(ending); });
  return found == kEndings.end() ? 0 : found->size();
}

}  // namespace

size_t firstGpt2Part(std::string_view text) {
  if (const size_t ending = contraction(text)) return ending;
  // One space belongs to the word behind it.
  size_t end = text[0] == ' ' && text.size() > 1 && characterAt(text, 1).kind != Kind::Space ? 1 : 0;
  const Kind kind = characterAt(text, end).kind;
  size_t last = 0;  // where the last character of the run begins
  while (end < text.size()) {
    const Character character = characterAt(text, end);
    if (character.kind != kind) break;
    last = end;
    end += character.bytes;
  }
  // White space leaves its last character to the word behind it, unless it is all there is.
  return kind == Kind::Space && end < text.size() && last > 0 ? last : end;
}

}  // namespace headroom
