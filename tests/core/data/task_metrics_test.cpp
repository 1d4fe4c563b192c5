// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "core/base/error.h"
#include "core/data/answer_metrics.h"
#include "core/data/glue_metrics.h"
#include "core/data/language_metrics.h"
#include "core/data/metrics.h"

namespace headroom {
namespace {

using Classes = std::vector<int>;
using Numbers = std::vector<double>;

TEST(F1, isOfClassOne) {
  EXPECT_NEAR(f1WithInterval(Classes{1, 1, 0, 0, 1}, Classes{1, 0, 0, 1, 1}).value, 2.0 / 3, 1e-12);
  EXPECT_EQ(f1WithInterval(Classes{0, 0}, Classes{0, 0}).value, 0);
  EXPECT_EQ(f1WithInterval(Classes{0, 0}, Classes{1, 1}).value, 0);
  EXPECT_EQ(f1WithInterval(Classes{}, Classes{}).examples, 0);
  EXPECT_THROW((void)f1WithInterval(Classes{1}, Classes{}), Error);
}

TEST(Matthews, isTheCorrelationOfBothSides) {
  EXPECT_NEAR(matthewsWithInterval(Classes{1, 1, 0, 0, 1}, Classes{1, 0, 0, 1, 1}).value, 1.0 / 6, 1e-12);
  EXPECT_NEAR(matthewsWithInterval(Classes{0, 1}, Classes{1, 0}).value, -1, 1e-12);
  EXPECT_EQ(matthewsWithInterval(Classes{1, 1, 1}, Classes{1, 0, 1}).value, 0);
  EXPECT_NEAR(matthewsWithInterval(Classes{0, 1, 2, 2}, Classes{0, 1, 1, 2}).value, 0.7, 1e-12);
  EXPECT_THROW((void)matthewsWithInterval(Classes{-1}, Classes{0}), Error);
}

TEST(Bootstrap, intervalsAreSeededAndHoldTheValue) {
  Classes labels, predicted;
  for (int i = 0; i < 200; ++i) {
    labels.push_back(i % 2);
    predicted.push_back(i % 5 == 0 ? 1 - i % 2 : i % 2);
  }
  for (const auto metric : {f1WithInterval, matthewsWithInterval}) {
    const MetricValue one = metric(predicted, labels, 3);
    EXPECT_EQ(one, metric(predicted, labels, 3));
    EXPECT_NE(one, metric(predicted, labels, 4));
    EXPECT_LT(one.low, one.value);
    EXPECT_GT(one.high, one.value);
  }
  // Of 0.8 with 200 examples: close to the normal interval of a share, 0.8 +- 0.055.
  EXPECT_NEAR(f1WithInterval(predicted, labels).low, 0.745, 0.02);
  EXPECT_NEAR(f1WithInterval(predicted, labels).high, 0.855, 0.02);
}

TEST(Pearson, hasFishersInterval) {
  const MetricValue metric = pearsonWithInterval(Numbers{2, 1, 4, 3, 5}, Numbers{1, 2, 3, 4, 5});
  EXPECT_NEAR(metric.value, 0.8, 1e-12);
  EXPECT_NEAR(metric.low, -0.2796400420, 1e-9);
  EXPECT_NEAR(metric.high, 0.9861961933, 1e-9);
  EXPECT_NEAR(pearsonWithInterval(Numbers{3, 2, 1}, Numbers{10, 20, 30}).value, -1, 1e-12);
  EXPECT_EQ(pearsonWithInterval(Numbers{3, 2, 1}, Numbers{10, 20, 30}).high, 1);
  EXPECT_EQ(pearsonWithInterval(Numbers{1, 1, 1, 1}, Numbers{1, 2, 3, 4}).value, 0);
}

TEST(Spearman, ranksTiesAtTheirMean) {
  const MetricValue metric = spearmanWithInterval(Numbers{20, 10, 400, 300, 5000}, Numbers{1, 2, 3, 4, 5});
  EXPECT_NEAR(metric.value, 0.8, 1e-12);
  EXPECT_NEAR(metric.low, -0.4571243888, 1e-9);
  EXPECT_NEAR(metric.high, 0.9908429479, 1e-9);
  EXPECT_NEAR(spearmanWithInterval(Numbers{1, 2, 2, 3}, Numbers{1, 2, 3, 4}).value, 4.5 / std::sqrt(4.5 * 5), 1e-12);
}

TEST(Perplexity, isTheExponentialOfTheMeanLossAndItsIntervalCountsWindows) {
  constexpr double kLn2 = std::numbers::ln2;
  const std::vector<WindowScore> windows{{2 * kLn2, 2, 1}, {4 * kLn2, 2, 0}};
  const MetricValue metric = perplexityWithInterval(windows);
  EXPECT_NEAR(metric.value, std::pow(2, 1.5), 1e-12);
  EXPECT_NEAR(metric.low, 1.4339731468, 1e-9);
  EXPECT_NEAR(metric.high, 5.5789050290, 1e-9);
  EXPECT_EQ(metric.examples, 2);
  EXPECT_TRUE(std::isinf(perplexityWithInterval(std::span(windows).first(1)).high));
  EXPECT_EQ(perplexityWithInterval({}).value, 1);
}

TEST(TokenAccuracy, isWilsonsIntervalOfTheTokensThatCountAsIndependent) {
  // Even windows: spread between them is no larger than chance, so all 400 tokens count.
  const std::vector<WindowScore> even(4, {0, 100, 30});
  EXPECT_NEAR(tokenAccuracyWithInterval(even).value, 0.3, 1e-12);
  EXPECT_NEAR(tokenAccuracyWithInterval(even).low, accuracyWithInterval(120, 400).low, 1e-12);
  // Uneven ones: the interval is wider.
  const std::vector<WindowScore> uneven{{0, 100, 0}, {0, 100, 60}, {0, 100, 0}, {0, 100, 60}};
  EXPECT_LT(tokenAccuracyWithInterval(uneven).low, 0.1);
  EXPECT_GT(tokenAccuracyWithInterval(uneven).high, 0.6);
  EXPECT_EQ(tokenAccuracyWithInterval({}).high, 1);
}

TEST(Answers, areComparedWithoutCaseMarksAndArticles) {
  EXPECT_EQ(normalizedAnswer("  The U.S.A., an \u00C9tat;  a-b "), "usa \u00E9tat ab");
  EXPECT_EQ(normalizedAnswer("Theatre \u2013a\u2013 the"), "theatre \u2013 \u2013");
  EXPECT_EQ(normalizedAnswer("the a an"), "");
}

TEST(Answers, scoreAgainstTheBestOfTheRightOnes) {
  const std::vector<std::string> right{"Denver Broncos", "the Broncos"};
  EXPECT_TRUE(scoreAnswer("Broncos!", right).exact);
  EXPECT_DOUBLE_EQ(scoreAnswer("Denver", right).f1, 2.0 / 3);
  EXPECT_DOUBLE_EQ(scoreAnswer("the team Denver Broncos of", right).f1, 2.0 * 2 / (4 + 2));
  EXPECT_DOUBLE_EQ(scoreAnswer("", right).f1, 0);
  EXPECT_TRUE(scoreAnswer("", {}).exact);
  EXPECT_DOUBLE_EQ(scoreAnswer("", {}).f1, 1);
  EXPECT_DOUBLE_EQ(scoreAnswer("word", {}).f1, 0);
}

TEST(Answers, haveIntervals) {
  const std::vector<AnswerScore> scores{{true, 1}, {false, 0.5}, {false, 0}, {true, 1}};
  EXPECT_EQ(exactMatchWithInterval(scores).low, accuracyWithInterval(2, 4).low);
  const MetricValue f1 = answerF1WithInterval(scores);
  EXPECT_DOUBLE_EQ(f1.value, 0.625);
  EXPECT_NEAR(f1.low, 0.625 - 1.959963984540054 * std::sqrt(0.6875 / 3 / 4), 1e-12);
  EXPECT_EQ(f1.high, 1);
}

}  // namespace
}  // namespace headroom
