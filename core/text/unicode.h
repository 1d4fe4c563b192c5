// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headroom {

/// Code points of UTF-8 text; every byte that is not part of a valid sequence becomes U+FFFD.
[[nodiscard]] std::u32string decodeUtf8(std::string_view text);
void appendUtf8(char32_t character, std::string& out);
/// Bytes of the first character; 1 for a byte that is not part of a valid sequence. `text` is not empty.
[[nodiscard]] size_t firstCharacterBytes(std::string_view text);
/// The same text with U+FFFD for every byte that is not part of a valid sequence.
[[nodiscard]] std::string repairedUtf8(std::string_view text);
/// Offset of the first byte that is not UTF-8, or nothing.
[[nodiscard]] std::optional<size_t> firstInvalidUtf8(std::string_view text);

/// Text of a file as an error line may show it: at most `most` characters, then "..."; on one line, and always UTF-8.
[[nodiscard]] std::string shortened(std::string_view text, size_t most = 40);

/// General category C* (control, format, surrogate, private, unassigned), tab and line ends excepted.
[[nodiscard]] bool isControl(char32_t character);
/// Space, tab, line ends and general category Z*: all that separates words.
[[nodiscard]] bool isWhitespace(char32_t character);
/// Every printable ASCII character that is no letter, digit or space, and general category P*.
[[nodiscard]] bool isPunctuation(char32_t character);
/// General category L*.
[[nodiscard]] bool isLetter(char32_t character);
/// General category N*: digits of every script, Roman numerals, fractions.
[[nodiscard]] bool isNumber(char32_t character);
/// The property White_Space, which is what \s means in patterns.
[[nodiscard]] bool isPatternSpace(char32_t character);
/// General category Mn: accents that stand on another character.
[[nodiscard]] bool isNonspacingMark(char32_t character);
/// CJK ideographs, which are written without spaces (kana and hangul are not among them).
[[nodiscard]] bool isCjkIdeograph(char32_t character);

/// Appends the full lower-case mapping of one character, without context (no final sigma).
void appendLower(char32_t character, std::u32string& out);
/// Unicode normalisation forms NFC and NFD.
[[nodiscard]] std::u32string composed(std::u32string_view text);
[[nodiscard]] std::u32string decomposed(std::u32string_view text);

}  // namespace headroom
