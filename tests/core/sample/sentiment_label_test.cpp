// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_label.h"

#include <gtest/gtest.h>

#include <string>

namespace headroom {
namespace {

struct Example {
  std::string text;
  int label;
  std::string kind;
};

class ReadSentiment : public testing::TestWithParam<Example> {};

TEST_P(ReadSentiment, followsTheRules) {
  const auto reading = readSentiment(GetParam().text);
  ASSERT_TRUE(reading.has_value()) << GetParam().text;
  EXPECT_EQ(reading->label, GetParam().label) << GetParam().text;
  EXPECT_EQ(reading->kind, GetParam().kind) << GetParam().text;
}

const Example kPlain[] = {
    {"food : the soup was good .", 1, "plain"},
    {"overall : today the pool felt slightly shabby .", 0, "plain"},
    {"room : the bed was fine and the sofa was great .", 1, "plain"},
};
const Example kNegation[] = {
    {"food : the soup was not good .", 0, "negation"},
    {"garden : this lawn was never boring .", 1, "negation"},
    {"food : the soup was not by any means good .", 0, "negation"},
    {"food : i doubted the soup was good .", 0, "negation"},
    {"food : we never said the soup was good .", 0, "negation"},
    {"food : i doubted the soup was not good .", 1, "double-negation"},
    {"food : i never denied the soup was good .", 1, "double-negation"},
    {"food : i never denied the soup was not good .", 0, "double-negation"},
};
const Example kContrast[] = {
    {"food : the soup was good but the bread was bad .", 0, "contrast"},
    {"food : the soup was bad yet the bread was good .", 1, "contrast"},
    {"food : although the soup was good , the bread was bad .", 0, "contrast"},
    {"food : the soup was good although the bread was bad .", 1, "contrast"},
    {"food : the soup was extremely bad but the bread was slightly good .", 1, "contrast"},
    {"overall : the soup was good but the waiter was not good .", 0, "contrast+negation"},
};
const Example kStrength[] = {
    {"room : the bed was slightly good and the lamp was extremely bad .", 0, "strength"},
    {"room : the bed was extremely good and the lamp was slightly bad .", 1, "strength"},
    {"room : the bed was good plus the lamp was slightly bad .", 1, "strength"},
    {"room : the bed was bad . the lamp was truly not bad .", 1, "strength+negation"},
};
const Example kAspect[] = {
    {"food : the soup was good but the waiter was bad .", 1, "aspect"},
    {"service : the soup was good but the waiter was bad .", 0, "aspect"},
    {"overall : the traffic was extremely awful . the soup was good .", 1, "aspect"},
    {"room : although the bed was nice , the pool was never dull .", 1, "aspect"},
};
const Example kHearsay[] = {
    {"food : the soup was good but critics said the bread was awful .", 1, "hearsay"},
    {"food : the soup was good but the bread was awful according to critics .", 1, "hearsay"},
    {"food : i said the soup was bad and critics never denied the soup was good .", 0, "hearsay"},
    {"food : critics said the waiter was awful . the soup was slightly fine .", 1, "aspect"},
};
INSTANTIATE_TEST_SUITE_P(Plain, ReadSentiment, testing::ValuesIn(kPlain));
INSTANTIATE_TEST_SUITE_P(Negation, ReadSentiment, testing::ValuesIn(kNegation));
INSTANTIATE_TEST_SUITE_P(Contrast, ReadSentiment, testing::ValuesIn(kContrast));
INSTANTIATE_TEST_SUITE_P(Strength, ReadSentiment, testing::ValuesIn(kStrength));
INSTANTIATE_TEST_SUITE_P(Aspect, ReadSentiment, testing::ValuesIn(kAspect));
INSTANTIATE_TEST_SUITE_P(Hearsay, ReadSentiment, testing::ValuesIn(kHearsay));

TEST(ReadSentimentRefuses, whatHasNoSingleAnswer) {
  const char* texts[] = {
      "",
      "food",
      "food :",
      "food : .",
      ": : :",
      "but : the soup was good .",
      "food : but the soup was good .",
      "food the soup was good .",
      "food : the soup was good",
      "food : the soup was .",
      "food : was good .",
      "food : the soup was good : the bread was good .",
      "food : the soup was tasty .",
      "food : the waiter was good .",
      "overall : the traffic was good .",
      "food : critics said the soup was good .",
      "food : the soup was good and the bread was bad .",
      "food : the soup was good . the bread was bad .",
  };
  for (const char* text : texts) EXPECT_FALSE(readSentiment(text).has_value()) << text;
}

}  // namespace
}  // namespace headroom
