// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/marian.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/text/model_files.h"

namespace headroom {
namespace {

using nlohmann::json;
using test::kSpace;
using test::messageOf;
using test::TemporaryFolder;
using test::unigram;
using testing::AllOf;
using testing::HasSubstr;
using Ids = std::vector<int>;

const std::string kHund = std::string(kSpace) + "hund", kDog = std::string(kSpace) + "dog";

class MarianFolder : public testing::Test {
 protected:
  void SetUp() override {
    m_folder.write("source.spm", modelFile(unigram({kHund, "s", kSpace, "rare"})));
    m_folder.write("target.spm", modelFile(unigram({kDog, "s", kSpace})));
    writeVocabulary(m_vocabulary);
  }
  void writeVocabulary(const json& vocabulary) const { m_folder.write("vocab.json", vocabulary.dump()); }
  [[nodiscard]] std::string whyRefused(int vocabularySize = 0) const {
    return messageOf<Error>([&] { (void)openTokenizer(m_folder.path(), vocabularySize); });
  }

  TemporaryFolder m_folder;
  json m_vocabulary{{"</s>", 0}, {"<unk>", 1}, {kDog, 2},     {"s", 3},
                    {kHund, 4},  {kSpace, 5},  {">>en<<", 6}, {"<pad>", 7}};
};

TEST_F(MarianFolder, readsByTheSourceAndWritesByTheTarget) {
  const auto tokenizer = openTokenizer(m_folder.path(), 8);
  EXPECT_EQ(tokenizer->encode("hunds dogs", std::nullopt, 99).ids, (Ids{4, 3, 5, 1, 3, 0}));
  EXPECT_EQ(tokenizer->encodeTarget("dogs", 99).ids, (Ids{2, 3, 0}));
  EXPECT_EQ(tokenizer->decode(Ids{7, 2, 3, 2, 0, 7}), "dogs dog");
  EXPECT_EQ(tokenizer->padId(), 7);
}

TEST_F(MarianFolder, aPieceThatTheVocabularyLacksIsUnknown) {
  EXPECT_EQ(openTokenizer(m_folder.path(), 8)->encode("hundrare"), (Ids{4, 1}));
}

TEST_F(MarianFolder, aLanguageCodeInFrontIsOneToken) {
  EXPECT_EQ(openTokenizer(m_folder.path(), 8)->encode(">>en<< hund"), (Ids{6, 4}));
  EXPECT_EQ(openTokenizer(m_folder.path(), 8)->encode(">>xx<< hund"), (Ids{1, 4}));
}

TEST_F(MarianFolder, takesTokensThatWereAdded) {
  m_folder.write("added_tokens.json", R"({"[NEW]": 8})");
  m_folder.write(
      "tokenizer_config.json",
      R"({"added_tokens_decoder": {"0": {"content": "</s>"}, "9": {"content": "[NAME]", "special": false}}})");
  const auto tokenizer = openTokenizer(m_folder.path(), 10);
  EXPECT_EQ(tokenizer->size(), 10);
  EXPECT_EQ(tokenizer->encode("hund[NEW][NAME]hund</s>"), (Ids{4, 8, 9, 4, 0}));
  EXPECT_EQ(tokenizer->decode(Ids{2, 8, 2}), "dog dog");
  m_folder.write("added_tokens.json", R"({"[NEW]": 4})");
  EXPECT_THAT(whyRefused(10), AllOf(HasSubstr("of added token \"[NEW]\""), HasSubstr("found id 4")));
}

TEST_F(MarianFolder, refusesVocabulariesOfAnotherModel) {
  EXPECT_THAT(whyRefused(7), AllOf(HasSubstr("vocab.json"), HasSubstr("expected an id from 0 to 6")));
  EXPECT_THAT(whyRefused(60000), HasSubstr("found 8 tokens, expected about 60000"));
  m_folder.write("target.spm", modelFile(unigram({"a", "b", "c", "d", "e", "f"})));
  EXPECT_THAT(whyRefused(8),
              AllOf(HasSubstr("target.spm: found 9 pieces, only 2 of them in vocab.json"), HasSubstr("one model")));
  m_folder.write("target.spm", "no model");
  EXPECT_THAT(whyRefused(8), HasSubstr("target.spm: found"));
}

TEST_F(MarianFolder, refusesVocabulariesWithHolesOrWithoutTheirSpecialTokens) {
  json holes = m_vocabulary;
  holes.erase("s");
  writeVocabulary(holes);
  EXPECT_THAT(whyRefused(), HasSubstr("found no token for id 3"));
  json endless = m_vocabulary;
  endless.erase("</s>");
  endless["x"] = 0;
  writeVocabulary(endless);
  EXPECT_THAT(whyRefused(), HasSubstr("found no token </s>"));
}

}  // namespace
}  // namespace headroom
