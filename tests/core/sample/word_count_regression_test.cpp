// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/word_count_regression.h"

#include <gtest/gtest.h>

#include "core/sample/sentiment_files.h"

namespace headroom {
namespace {

TEST(WordCountRegression, learnsWhatSingleWordsTell) {
  const std::vector<LabelledText> sentences = {
      {"the soup was good", 1, ""}, {"the soup was bad", 0, ""}, {"a good bed", 1, ""}, {"a bad bed", 0, ""}};
  const WordCountRegression regression(sentences);
  EXPECT_EQ(regression.accuracy(sentences), 1.0);
  EXPECT_EQ(regression.predict("never seen but good"), 1);
  EXPECT_EQ(regression.predict("never seen but bad"), 0);
}

TEST(WordCountRegression, countsRepeatedWords) {
  const std::vector<LabelledText> sentences = {
      {"a a b", 1, ""}, {"a b b", 0, ""}, {"a b b b", 0, ""}, {"a a a b", 1, ""}};
  EXPECT_EQ(WordCountRegression(sentences).accuracy(sentences), 1.0);
}

TEST(WordCountRegression, nothingToLearnFromGivesAConstant) {
  const WordCountRegression regression({});
  EXPECT_EQ(regression.predict("good"), 0);
  EXPECT_EQ(regression.accuracy({}), 0.0);
}

TEST(WordCountRegression, staysUnder75PercentOnTheSample) {
  const SentimentData data = generateSentimentData({});
  const WordCountRegression regression(data.train);
  EXPECT_LT(regression.accuracy(data.dev), 0.75);
  EXPECT_LT(regression.accuracy(data.train), 0.75);
}

}  // namespace
}  // namespace headroom
