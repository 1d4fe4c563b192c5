// SPDX-License-Identifier: GPL-3.0-or-later
// Which examples heads are judged on.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "core/data/dataset.h"
#include "core/jobs/score_heads.h"

namespace headroom {
namespace {

/// Four questions with 2, 1, 3 and 1 windows; a window's line says whose it is.
Dataset questions() {
  Dataset data;
  data.kind = DataKind::Answers;
  const std::vector<int> windows{2, 1, 3, 1};
  for (size_t i = 0; i < windows.size(); ++i) {
    Question question;
    question.id = std::to_string(i);
    data.questions.push_back(question);
    for (int window = 0; window < windows[i]; ++window) {
      Example example;
      example.label = static_cast<int>(i);
      example.line = static_cast<std::int64_t>(i);
      data.examples.push_back(example);
    }
  }
  return data;
}

TEST(ChosenExamples, ofQuestionsAreSoManyOfTheseWithAllTheirWindows) {
  const Dataset data = questions();
  EXPECT_EQ(choosableExamples(data), 4);
  const std::vector<size_t> windows{2, 1, 3, 1};
  std::set<std::string> everChosen;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Dataset part = chosenExamples(data, 2, seed);
    ASSERT_EQ(part.questions.size(), 2U);
    EXPECT_LT(part.questions[0].id, part.questions[1].id) << "in the data's order";
    size_t expected = 0;
    for (const Question& question : part.questions) {
      expected += windows[std::stoul(question.id)];
      everChosen.insert(question.id);
    }
    EXPECT_EQ(part.examples.size(), expected);
    for (const Example& window : part.examples)
      EXPECT_EQ(part.questions.at(static_cast<size_t>(window.label)).id, std::to_string(window.line));
  }
  EXPECT_EQ(everChosen.size(), 4U) << "the seed chooses";
}

TEST(ChosenExamples, areAllWhereNoneIsTooMany) {
  const Dataset data = questions();
  for (const std::int64_t count : {0, 4, 100}) {
    EXPECT_EQ(chosenExamples(data, count, 1).questions.size(), 4U) << count;
    EXPECT_EQ(chosenExamples(data, count, 1).examples.size(), 7U) << count;
  }
}

}  // namespace
}  // namespace headroom
