// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

namespace headroom {

namespace {

using Point = utf8proc_int32_t;

utf8proc_category_t categoryOf(char32_t character) { return utf8proc_category(static_cast<Point>(character)); }

int combiningClass(Point point) { return utf8proc_get_property(point)->combining_class; }

/// The code point at the front of `text` and its length in bytes; length 0 when the bytes there are not UTF-8.
std::pair<Point, size_t> nextPoint(std::string_view text) {
  Point point = 0;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(std::min<size_t>(text.size(), 4)), &point);
  return length > 0 ? std::pair(point, static_cast<size_t>(length)) : std::pair(Point{0xFFFD}, size_t{0});
}

/// Canonical decomposition with marks in canonical order. The marks are sorted here, in n log n: the library's own pass
/// is quadratic, and a data file may hold a million marks in a row.
std::vector<Point> decomposedPoints(std::u32string_view text) {
  std::vector<Point> points;
  points.reserve(text.size() + 8);
  std::array<Point, 32> part{};
  for (const char32_t character : text) {
    int boundary = 0;
    const auto count =
        utf8proc_decompose_char(static_cast<Point>(character), part.data(), part.size(),
                                static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE), &boundary);
    if (count > 0) points.insert(points.end(), part.begin(), part.begin() + count);
  }
  const auto isMark = [](Point point) { return combiningClass(point) != 0; };
  for (auto run = std::find_if(points.begin(), points.end(), isMark); run != points.end();) {
    const auto end = std::find_if_not(run, points.end(), isMark);
    std::stable_sort(run, end, [](Point a, Point b) { return combiningClass(a) < combiningClass(b); });
    run = std::find_if(end, points.end(), isMark);
  }
  return points;
}

std::u32string toText(const std::vector<Point>& points) {
  std::u32string text(points.size(), U'\0');
  std::transform(points.begin(), points.end(), text.begin(), [](Point point) { return static_cast<char32_t>(point); });
  return text;
}

}  // namespace

std::u32string decodeUtf8(std::string_view text) {
  std::u32string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto [point, length] = nextPoint(text);
    out += static_cast<char32_t>(point);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return out;
}

void appendUtf8(char32_t character, std::string& out) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<Point>(character), bytes.data());
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(length));
}

size_t firstCharacterBytes(std::string_view text) { return std::max<size_t>(nextPoint(text).second, 1); }

std::string repairedUtf8(std::string_view text) {
  std::string out;
  for (const char32_t character : decodeUtf8(text)) appendUtf8(character, out);
  return out;
}

std::optional<size_t> firstInvalidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const size_t length = nextPoint(text.substr(at)).second;
    if (length == 0) return at;
    at += length;
  }
  return std::nullopt;
}

std::string shortened(std::string_view text, size_t most) {
  const std::u32string characters = decodeUtf8(text.substr(0, 4 * most + 4));
  std::string out;
  for (const char32_t character : characters.substr(0, most))
    appendUtf8(isControl(character) || isWhitespace(character) ? U' ' : character, out);
  return characters.size() > most ? out + "..." : out;
}

bool isControl(char32_t character) {
  if (character == U'\t' || character == U'\n' || character == U'\r') return false;
  const auto category = categoryOf(character);
  return category == UTF8PROC_CATEGORY_CN || (category >= UTF8PROC_CATEGORY_CC && category <= UTF8PROC_CATEGORY_CO);
}

bool isWhitespace(char32_t character) {
  if (character == U' ' || character == U'\t' || character == U'\n' || character == U'\r') return true;
  const auto category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP;
}

bool isPunctuation(char32_t character) {
  if ((character >= 33 && character <= 47) || (character >= 58 && character <= 64) ||
      (character >= 91 && character <= 96) || (character >= 123 && character <= 126))
    return true;
  const auto category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}

bool isLetter(char32_t character) {
  const auto category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool isNumber(char32_t character) {
  const auto category = categoryOf(character);
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool isPatternSpace(char32_t character) {
  if (character >= U'\t' && character <= U'\r') return true;
  const auto category = categoryOf(character);
  return character == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool isNonspacingMark(char32_t character) { return categoryOf(character) == UTF8PROC_CATEGORY_MN; }

bool isCjkIdeograph(char32_t character) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array<Range, 8> kRanges{{{0x4E00, 0x9FFF},
                                                 {0x3400, 0x4DBF},
                                                 {0x20000, 0x2A6DF},
                                                 {0x2A700, 0x2B73F},
                                                 {0x2B740, 0x2B81F},
                                                 {0x2B820, 0x2CEAF},
                                                 {0xF900, 0xFAFF},
                                                 {0x2F800, 0x2FA1F}}};
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [character](Range range) { return character >= range.first && character <= range.last; });
}

void appendLower(char32_t character, std::u32string& out) {
  // The one character whose full lower-case form has two code points, which the library's simple mapping cannot give.
  if (character == 0x130) {
    out += {U'i', char32_t{0x307}};
    return;
  }
  out += static_cast<char32_t>(utf8proc_tolower(static_cast<Point>(character)));
}

std::u32string decomposed(std::u32string_view text) { return toText(decomposedPoints(text)); }

std::u32string composed(std::u32string_view text) {
  std::vector<Point> points = decomposedPoints(text);
  const auto length = utf8proc_normalize_utf32(points.data(), static_cast<utf8proc_ssize_t>(points.size()),
                                               static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  points.resize(static_cast<size_t>(std::max<utf8proc_ssize_t>(length, 0)));
  return toText(points);
}

}  // namespace headroom
