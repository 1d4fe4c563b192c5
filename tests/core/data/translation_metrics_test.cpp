// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/translation_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/error.h"

namespace headroom {
namespace {

using testing::ElementsAre;
using Texts = std::vector<std::string>;

double bleu(const Texts& translations, const Texts& references) {
  return bleuWithInterval(translations, references).value;
}

double chrf(const std::string& translation, const std::string& reference) {
  return chrfWithInterval(Texts{translation}, Texts{reference}).value;
}

TEST(Tokenize13a, cutsMarksOffAndKeepsNumbersWhole) {
  EXPECT_THAT(tokenize13a("It's 3,000.50-dollar, (really)"),
              ElementsAre("It's", "3,000.50", "-", "dollar", ",", "(", "really", ")"));
  EXPECT_THAT(tokenize13a("1990-2000. e-mail 7%."), ElementsAre("1990", "-", "2000", ".", "e-mail", "7", "%", "."));
  EXPECT_THAT(tokenize13a("x.5 at 5.x"), ElementsAre("x", ".", "5", "at", "5", ".", "x"));
  EXPECT_THAT(tokenize13a("U.S. ..."), ElementsAre("U", ".", "S", ".", ".", ".", "."));
  EXPECT_THAT(tokenize13a("na\u00EFve\u00A0\u201Cquote\u201D."), ElementsAre("na\u00EFve", "\u201Cquote\u201D", "."));
  EXPECT_TRUE(tokenize13a(" \t ").empty());
}

TEST(Tokenize13a, resolvesEntitiesAndDropsWhatWasSkipped) {
  EXPECT_THAT(tokenize13a("A&amp;B &quot;x&quot; &lt;y&gt;"),
              ElementsAre("A", "&", "B", "\"", "x", "\"", "<", "y", ">"));
  EXPECT_THAT(tokenize13a("<skipped>a hyphen-\nated"), ElementsAre("a", "hyphenated"));
}

TEST(Bleu, equalTextsScoreAHundredAndStrangersNothing) {
  EXPECT_NEAR(bleu({"the cat sat on the mat ."}, {"the cat sat on the mat ."}), 100, 1e-9);
  EXPECT_EQ(bleu({"w x y z"}, {"a b c d"}), 0);
  EXPECT_EQ(bleu({""}, {"a b c d"}), 0);
}

TEST(Bleu, shortTranslationsPayTheBrevityPenalty) {
  EXPECT_NEAR(bleu({"the cat sat on the mat"}, {"the cat sat on the mat today"}), 100 * std::exp(1 - 7.0 / 6), 1e-9);
}

TEST(Bleu, longTranslationsPayByPrecisionAlone) {
  // 6/7, 5/6, 4/5, 3/4: their product is 3/7.
  EXPECT_NEAR(bleu({"the cat sat on the mat today"}, {"the cat sat on the mat"}), 100 * std::pow(3.0 / 7, 0.25), 1e-9);
}

TEST(Bleu, ordersWithoutMatchesAreSmoothedByHalvesOfHalves) {
  // 3/5, then 1/(2 * 4), 1/(4 * 3), 1/(8 * 2).
  EXPECT_NEAR(bleu({"a b c d e"}, {"a x c y e"}), 100 * std::pow(0.6 / 8 / 12 / 16, 0.25), 1e-9);
}

TEST(Bleu, wordsCountNoMoreOftenThanTheReferenceHasThem) {
  // 2/7, then nothing: 1/(2 * 6), 1/(4 * 5), 1/(8 * 4).
  EXPECT_NEAR(bleu({"the the the the the the the"}, {"the cat is on the mat now"}),
              100 * std::pow(2.0 / 7 / 12 / 20 / 32, 0.25), 1e-9);
}

TEST(Bleu, withoutAnyFourWordsIsNothing) { EXPECT_EQ(bleu({"a b c"}, {"a b c"}), 0); }

TEST(Bleu, addsUpCountsBeforeItDivides) {
  // (5 + 3)/10, (3 + 2)/8, (2 + 1)/6, (1 + 0)/4 of "a b c d x e" and "f g h y".
  EXPECT_NEAR(bleu({"a b c d x e", "f g h y"}, {"a b c d z e", "f g h i"}), 50, 1e-9);
}

TEST(Chrf, averagesPrecisionAndRecallOverTheOrdersThatExist) {
  EXPECT_NEAR(chrf("abc", "abc"), 100, 1e-9);
  EXPECT_NEAR(chrf("abc", "abd"), 100 * (2.0 / 3 + 0.5) / 3, 1e-9);
  const double recall = (3.0 / 4 + 2.0 / 3 + 1.0 / 2) / 3;  // precision is 1
  EXPECT_NEAR(chrf("ab c", "abcd"), 100 * 5 * recall / (4 + recall), 1e-9);
  EXPECT_EQ(chrf("", "abc"), 0);
  EXPECT_EQ(chrf("xyz", "abc"), 0);
}

TEST(Chrf, countsCharactersAndNotBytes) {
  EXPECT_NEAR(chrf("\u00E9\u00E8", "\u00E9\u00EA"), 100 * (0.5 + 0) / 2, 1e-9);
}

TEST(TranslationMetrics, haveTheSameIntervalForTheSameSeed) {
  Texts translations, references;
  for (int i = 0; i < 40; ++i) {
    references.push_back("one two three four five six " + std::to_string(i));
    translations.push_back(i % 3 == 0 ? "one two three five four six " + std::to_string(i) : references.back());
  }
  for (const auto metric : {bleuWithInterval, chrfWithInterval}) {
    const MetricValue one = metric(translations, references, 1);
    EXPECT_EQ(one, metric(translations, references, 1));
    EXPECT_NE(one, metric(translations, references, 2));
    EXPECT_LT(one.low, one.value);
    EXPECT_GT(one.high, one.value);
    EXPECT_EQ(one.examples, 40);
  }
}

TEST(TranslationMetrics, needOneReferenceEach) {
  EXPECT_THROW((void)bleuWithInterval(Texts{"a"}, Texts{}), Error);
  EXPECT_THROW((void)chrfWithInterval(Texts{"a"}, Texts{}), Error);
  EXPECT_EQ(bleuWithInterval(Texts{}, Texts{}).value, 0);
}

}  // namespace
}  // namespace headroom
