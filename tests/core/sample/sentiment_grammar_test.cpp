// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_grammar.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/sample/sentiment_label.h"

namespace headroom {
namespace {

std::vector<std::string> wordsIn(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string hashOf(const std::vector<LabelledText>& sentences) {
  Sha256 hash;
  for (const LabelledText& row : sentences) hash.update(row.text + '\t' + std::to_string(row.label) + '\n');
  return hash.hex();
}

const std::vector<LabelledText>& manySentences() {
  static const std::vector<LabelledText> sentences = generateSentiment(6000, 7);
  return sentences;
}

TEST(SentimentGrammar, sameSeedGivesTheSameBytesEverywhere) {
  EXPECT_EQ(hashOf(generateSentiment(2000, 1)), "d1c3e8ad1d75810771abdfc8c686f9a08219c8f2894d349ef23be02113950525");
  EXPECT_NE(hashOf(generateSentiment(2000, 2)), hashOf(generateSentiment(2000, 1)));
}

TEST(SentimentGrammar, fewerSentencesAreTheBeginningOfMore) {
  const auto few = generateSentiment(101, 7);
  ASSERT_EQ(few.size(), 101u);
  for (size_t i = 0; i < few.size(); ++i) EXPECT_EQ(few[i].text, manySentences()[i].text);
}

TEST(SentimentGrammar, labelsAreBalanced) {
  const auto positive = std::count_if(manySentences().begin(), manySentences().end(),
                                      [](const LabelledText& row) { return row.label == 1; });
  EXPECT_EQ(positive, 3000);
}

TEST(SentimentGrammar, noSentenceOccursTwice) {
  std::set<std::string> seen;
  for (const LabelledText& row : manySentences()) EXPECT_TRUE(seen.insert(row.text).second) << row.text;
}

TEST(SentimentGrammar, labelIsAFunctionOfTheText) {
  for (const LabelledText& row : manySentences()) {
    const auto reading = readSentiment(row.text);
    ASSERT_TRUE(reading.has_value()) << row.text;
    EXPECT_EQ(reading->label, row.label) << row.text;
    EXPECT_EQ(reading->kind, row.kind) << row.text;
  }
}

TEST(SentimentGrammar, neighboursAreCounterfactualPairsOftenOfTheSameWords) {
  int sameWords = 0;
  for (size_t i = 0; i < manySentences().size(); i += 2) {
    auto first = wordsIn(manySentences()[i].text);
    auto second = wordsIn(manySentences()[i + 1].text);
    EXPECT_NE(manySentences()[i].label, manySentences()[i + 1].label);
    std::sort(first.begin(), first.end());
    std::sort(second.begin(), second.end());
    sameWords += first == second ? 1 : 0;
  }
  EXPECT_GT(sameWords, 250);
}

TEST(SentimentGrammar, sentencesKeepTheirLengthBounds) {
  size_t total = 0;
  for (const LabelledText& row : manySentences()) {
    const size_t words = wordsIn(row.text).size();
    EXPECT_GE(words, static_cast<size_t>(kMinSentimentWords)) << row.text;
    EXPECT_LE(words, static_cast<size_t>(kMaxSentimentWords)) << row.text;
    total += words;
  }
  const double mean = static_cast<double>(total) / static_cast<double>(manySentences().size());
  EXPECT_GT(mean, 11.0);
  EXPECT_LT(mean, 16.0);
}

TEST(SentimentGrammar, everyRuleMattersInManySentences) {
  for (const char* rule : {"aspect", "hearsay", "contrast", "strength", "negation", "double-negation", "plain"}) {
    const auto found = std::count_if(manySentences().begin(), manySentences().end(),
                                     [&](const LabelledText& row) { return row.kind.find(rule) != std::string::npos; });
    EXPECT_GT(found, 200) << rule;
  }
}

TEST(SentimentGrammar, vocabularyHoldsEveryWordOnceBehindTheSpecialTokens) {
  const auto vocabulary = sentimentVocabulary();
  const std::vector<std::string> specials(vocabulary.begin(), vocabulary.begin() + 5);
  EXPECT_EQ(specials, (std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}));
  const std::set<std::string> known(vocabulary.begin(), vocabulary.end());
  EXPECT_EQ(known.size(), vocabulary.size());
  EXPECT_GE(vocabulary.size(), 150u);
  EXPECT_LE(vocabulary.size(), 300u);
  for (auto word = vocabulary.begin() + 5; word != vocabulary.end(); ++word) {
    const bool letters = std::all_of(word->begin(), word->end(), [](char c) { return c >= 'a' && c <= 'z'; });
    EXPECT_TRUE(letters || *word == ":" || *word == "," || *word == ".") << *word;
  }
  for (const LabelledText& row : manySentences()) {
    for (const std::string& word : wordsIn(row.text)) EXPECT_TRUE(known.contains(word)) << word;
  }
}

TEST(SentimentGrammar, refusesACountThatCannotBe) {
  EXPECT_TRUE(generateSentiment(0, 1).empty());
  EXPECT_THROW((void)generateSentiment(-1, 1), Error);
  EXPECT_THROW((void)generateSentiment(kMostSentimentSentences + 1, 1), Error);
}

}  // namespace
}  // namespace headroom
