// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode.h"

#include <gtest/gtest.h>

namespace headroom {
namespace {

std::u32string lower(char32_t character) {
  std::u32string out;
  appendLower(character, out);
  return out;
}

TEST(Unicode, invalidBytesBecomeReplacementCharactersAndSwallowNothing) {
  EXPECT_EQ(decodeUtf8("a\xE2\x82z"), U"a\uFFFD\uFFFDz");
  EXPECT_EQ(decodeUtf8("\xC0\x80"), U"\uFFFD\uFFFD");            // overlong
  EXPECT_EQ(decodeUtf8("\xED\xA0\x80"), U"\uFFFD\uFFFD\uFFFD");  // surrogate
  EXPECT_EQ(decodeUtf8("\xF4\x90\x80\x80"), U"\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(decodeUtf8("\xF0\x9F\x9A\x80"), U"\U0001F680");
}

TEST(Unicode, findsTheFirstByteThatIsNotUtf8) {
  EXPECT_EQ(firstInvalidUtf8("caf\xC3\xA9"), std::nullopt);
  EXPECT_EQ(firstInvalidUtf8("caf\xE9 noir"), 3u);
  EXPECT_EQ(firstInvalidUtf8("caf\xC3"), 3u);
}

TEST(Unicode, lowerCaseHasNoContextAndKeepsTheDotOfACapitalI) {
  EXPECT_EQ(lower(U'A'), U"a");
  EXPECT_EQ(lower(0x3A3), U"\u03C3");
  EXPECT_EQ(lower(0x130), U"i\u0307");
  EXPECT_EQ(lower(0x212A), U"k");
}

TEST(Unicode, composesAndDecomposes) {
  EXPECT_EQ(decomposed(U"\u00E9"), U"e\u0301");
  EXPECT_EQ(composed(U"e\u0301"), U"\u00E9");
  EXPECT_EQ(decomposed(U"\uAC01"), U"\u1100\u1161\u11A8");
  EXPECT_EQ(composed(U"\u1100\u1161\u11A8"), U"\uAC01");
  EXPECT_EQ(decomposed(U"a\u0301\u0323"), U"a\u0323\u0301");  // canonical order of the marks
  EXPECT_EQ(composed(U"\u037E"), U";");
}

TEST(Unicode, aMillionUnorderedMarksTakeNoQuadraticTime) {
  std::u32string marks = U"a";
  for (int i = 0; i < 500000; ++i) marks += U"\u0301\u0323";
  EXPECT_EQ(decomposed(marks).size(), marks.size());
}

TEST(Unicode, shortenedTextStaysOneLineOfUtf8) {
  EXPECT_EQ(shortened("a\nb\tc\x01"), "a b c ");
  EXPECT_EQ(shortened("\u00E9\u00E9\u00E9", 2), "\u00E9\u00E9...");
  EXPECT_EQ(shortened("\xE9", 2), "\uFFFD");
  EXPECT_EQ(shortened(std::string(1000, 'x'), 3), "xxx...");
}

TEST(Unicode, categoriesAreBerts) {
  EXPECT_TRUE(isControl(0) && isControl(0x200D) && isControl(0xE000) && isControl(0xFFFE));
  EXPECT_FALSE(isControl(U'\t') || isControl(U'\n') || isControl(U'\r') || isControl(U'a'));
  EXPECT_TRUE(isWhitespace(U'\t') && isWhitespace(0xA0) && isWhitespace(0x2028));
  EXPECT_TRUE(isPunctuation(U'$') && isPunctuation(U'`') && isPunctuation(0x3002) && isPunctuation(0xBF));
  EXPECT_FALSE(isPunctuation(0xA3) || isPunctuation(U'a') || isPunctuation(0x20AC));
  EXPECT_TRUE(isNonspacingMark(0x301));
  EXPECT_TRUE(isCjkIdeograph(0x6211) && isCjkIdeograph(0xF900) && isCjkIdeograph(0x20000));
  EXPECT_FALSE(isCjkIdeograph(0x3042) || isCjkIdeograph(0xAC00));
}

}  // namespace
}  // namespace headroom
