// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/question_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/data/task_batches.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/data/word_tokens.h"

namespace headroom {
namespace {

using nlohmann::json;
using test::messageOf;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using Ids = std::vector<int>;

json question(const std::string& text, const std::string& answer, int start) {
  return {{"id", "q"}, {"question", text}, {"answers", json::array({{{"text", answer}, {"answer_start", start}}})}};
}

json squad(const std::string& context, const json& questions) {
  return {{"version", "1.1"},
          {"data",
           json::array({{{"title", "t"}, {"paragraphs", json::array({{{"context", context}, {"qas", questions}}})}}})}};
}

class Questions : public testing::Test {
 protected:
  Questions() {
    m_folder.write("vocab.txt",
                   "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwho\nthe\nred\n##dish\nfox\nran\n.\ncaf\u00E9\ncafe\nin\n");
    m_tokenizer = openTokenizer(m_folder.path(), 0);
  }
  Dataset open(const json& file, QuestionRequest request = {.path = {}, .maxLength = 64, .overlap = 2}) const {
    request.path = m_folder.write("data.json", file.dump());
    return openQuestions(request, *m_tokenizer);
  }
  [[nodiscard]] std::string whyRefused(const json& file) const {
    return messageOf<Error>([&] { (void)open(file); });
  }
  [[nodiscard]] std::string textOf(const LocatedIds& located, const std::string& text) const {
    std::string out;
    for (const TextSpan& span : located.spans) out += text.substr(span.begin, span.end - span.begin) + "|";
    return out;
  }
  TemporaryFolder m_folder;
  std::shared_ptr<const Tokenizer> m_tokenizer;
};

TEST_F(Questions, tokensKnowTheirPlacesInTheText) {
  for (const auto& [text, places] : {std::pair<std::string, std::string>{"The Reddish fox.", "The|Red|dish|fox|.|"},
                                     {"  CAF\u00C9\u00A0fox", "CAF\u00C9|fox|"},
                                     {"cafe\u0301 x\u00FC.", "cafe|x\u00FC|.|"},
                                     {"fox[SEP] ran\u4E2Dfox", "fox|[SEP]|ran|\u4E2D|fox|"},
                                     {"r\x01"
                                      "ed",
                                      "r\x01"
                                      "ed|"},
                                     {"", ""}}) {
    const LocatedIds located = m_tokenizer->locate(text);
    EXPECT_EQ(textOf(located, text), places);
    EXPECT_EQ(located.ids, m_tokenizer->encode(text)) << text;
  }
}

TEST_F(Questions, answersBecomeTokensOfTheirWindow) {
  const Dataset data =
      open(squad("Caf\u00E9: the reddish fox ran.", json::array({question("Who ran?", "reddish fox", 10)})));
  ASSERT_EQ(data.kind, DataKind::Answers);
  ASSERT_EQ(data.examples.size(), 1u);
  const Example& window = data.examples[0];
  // [CLS] who ran ? [SEP] cafe : the red ##dish fox ran . [SEP]
  EXPECT_EQ(window.ids, (Ids{2, 4, 9, 1, 3, 12, 1, 5, 6, 7, 8, 9, 10, 3}));
  EXPECT_EQ(window.types, (Ids{0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(window.targets, (Ids{8, 10}));
  EXPECT_EQ(data.questions[0].answers, (std::vector<std::string>{"reddish fox"}));
  const ValueBatch batch = makeValueBatch(data, std::vector<int>{0}, 0);
  EXPECT_EQ(batch.starts, (std::vector<std::int64_t>{8}));
  EXPECT_EQ(batch.ends, (std::vector<std::int64_t>{10}));
}

TEST_F(Questions, longTextsAreReadInOverlappingWindows) {
  const Dataset data = open(squad("the fox ran the fox ran in the red fox", json::array({question("who", "red", 31)})),
                            {.path = {}, .maxLength = 9, .overlap = 2});  // 4 for the question, 5 of text
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[1].ids, (Ids{2, 4, 3, 5, 8, 9, 13, 5, 3}));
  EXPECT_EQ(data.examples[0].targets, (Ids{0, 0}));
  EXPECT_EQ(data.examples[2].targets, (Ids{5, 5}));
  EXPECT_EQ(data.examples[2].label, 0);
}

TEST_F(Questions, theBestAnswerHasTheHighestSumWithinTheText) {
  const Dataset data = open(squad("the reddish fox", json::array({question("who", "fox", 12)})));
  // [CLS] who [SEP] the red ##dish fox [SEP]
  const std::vector<float> starts{9, 9, 0, 1, 4, 0, 3, 9}, ends{9, 9, 0, 1, 0, 3, 2, 9};
  const auto best = bestAnswer(data.examples[0], data.questions[0], starts, ends);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->text, "reddish");
  EXPECT_EQ(best->score, 7);
  EXPECT_EQ(bestAnswer(data.examples[0], data.questions[0], starts, ends, 1)->text, "fox");
}

TEST_F(Questions, ofJsonThatNestsWithoutEndAreRefused) {
  std::string deep = R"({"data": )";
  for (int i = 0; i < 300000; ++i) deep += R"({"a":)";
  deep += "1" + std::string(300001, '}');
  const std::string path = m_folder.write("deep.json", deep);
  EXPECT_THAT(
      messageOf<Error>([&] { (void)openQuestions({.path = path, .maxLength = 64, .overlap = 2}, *m_tokenizer); }),
      AllOf(HasSubstr("deep.json"), HasSubstr("nested deeper than 32 levels")));
}

TEST_F(Questions, withoutAnswersInTheTextPointToTheFront) {
  json impossible = question("who", "x", 0);
  impossible["answers"] = json::array();
  const Dataset data = open(squad("the fox", json::array({impossible, question("who", "fox", 5)})));
  ASSERT_EQ(data.questions.size(), 1u);  // the second's answer is not at 5
  EXPECT_EQ(data.examples[0].targets, (Ids{0, 0}));
  EXPECT_EQ(data.summary.skipped.at("answer is not where the file says"), 1);
}

TEST_F(Questions, refusesDamagedFilesAndTooShortWindows) {
  const json good = squad("the fox", json::array({question("who", "fox", 4)}));
  EXPECT_EQ(whyRefused(good), "");
  const auto with = [&](const std::string& pointer, const json& value) {
    json file = good;
    file[json::json_pointer(pointer)] = value;
    return whyRefused(file);
  };
  EXPECT_THAT(whyRefused(json::array()), HasSubstr("data.json: field data: found no JSON object"));
  EXPECT_THAT(with("/data", 3), HasSubstr("field data: found 3, expected a list"));
  EXPECT_THAT(with("/data", json::array()), HasSubstr("found 0 questions"));
  EXPECT_THAT(with("/data/0/paragraphs/0/context", 3), HasSubstr("field context"));
  EXPECT_THAT(with("/data/0/paragraphs/0/qas/0/answers/0/answer_start", "x"), HasSubstr("answer_start"));
  EXPECT_THAT(with("/data/0/paragraphs/0/qas/0/answers/0/answer_start", -5), HasSubstr("none of them usable"));
  EXPECT_THAT(with("/data/0/paragraphs/0/qas/0/answers/0/answer_start", 1 << 30), HasSubstr("none of them usable"));
  EXPECT_THAT(messageOf<Error>([&] { (void)open(good, {.path = {}, .maxLength = 6, .overlap = 2}); }),
              HasSubstr("found room for 2 tokens of text and an overlap of 2"));
}

TEST_F(Questions, needATokenizerThatKeepsPlaces) {
  EXPECT_THAT(messageOf<Error>([] { (void)test::wordTokens()->locate("a"); }), HasSubstr("expected WordPiece"));
}

}  // namespace
}  // namespace headroom
