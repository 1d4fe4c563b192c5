// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using nlohmann::json;
using test::messageOf;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;

const std::string kBert = std::string(HEADROOM_FIXTURES) + "/bert_uncased";
constexpr const char* kSmallVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##want\n##ed\nrun\n##ning\n,\n!\nUn\nstra\xC3\x9F\x65\n##"
    "e\n\xC3\xA9t\xC3\xA9\n"
    "ete\n\xE5\x9B\xBD\n";

json vectors() { return json::parse(readTextFile(kBert + "/tokenizer_vectors.json")); }

std::shared_ptr<const Tokenizer> small(const std::string& config = {}) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", kSmallVocabulary);
  if (!config.empty()) folder.write("tokenizer_config.json", config);
  return openTokenizer(folder.path(), 0);
}

std::string whyRefused(const TemporaryFolder& folder, int vocabularySize = 0) {
  return messageOf<Error>([&] { (void)openTokenizer(folder.path(), vocabularySize); });
}

std::string wordPieceJson(const std::string& normalizer) {
  return R"({"added_tokens": [{"id": 6, "content": "[NEW]"}], "normalizer": )" + normalizer +
         R"(, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "@@",
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "Run": 4, "@@ning": 5}}})";
}

TEST(WordPiece, equalsHuggingFaceOnEveryReferenceText) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  const json all = vectors();
  ASSERT_EQ(all["single"].size(), 49u);
  for (const json& one : all["single"])
    EXPECT_EQ(tokenizer->encode(one["text"].get<std::string>()), one["ids"].get<std::vector<int>>()) << one["text"];
}

TEST(WordPiece, equalsHuggingFaceOnEveryReferencePair) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  const json all = vectors();
  ASSERT_EQ(all["pairs"].size(), 3u);
  for (const json& one : all["pairs"]) {
    Encoding got =
        tokenizer->encode(one["a"].get<std::string>(), one["b"].get<std::string>(), one["max_length"].get<int>());
    EXPECT_EQ(got.ids.size(),
              one["attention_mask"].get<std::vector<size_t>>().size() -
                  static_cast<size_t>(std::count(one["attention_mask"].begin(), one["attention_mask"].end(), 0)));
    got.ids.resize(one["input_ids"].size(), tokenizer->padId());
    got.types.resize(one["input_ids"].size(), 0);
    EXPECT_EQ(got.ids, one["input_ids"].get<std::vector<int>>());
    EXPECT_EQ(got.types, one["token_type_ids"].get<std::vector<int>>());
  }
}

TEST(WordPiece, specialTokensInTheTextAreFoundInsideWords) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  EXPECT_EQ(tokenizer->encode("x[MASK]y [SEP]"), (std::vector<int>{1060, 103, 1061, 102}));
  EXPECT_EQ(tokenizer->encode("[mask]"), (std::vector<int>{1031, 7308, 1033}));
  EXPECT_EQ(tokenizer->token(103), "[MASK]");
}

TEST(WordPiece, capitalSigmaIsNeverFinalAndDottedIsLoseTheirDot) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  EXPECT_EQ(tokenizer->encode("\u039F\u0394\u039F\u03A3"), tokenizer->encode("\u03BF\u03B4\u03BF\u03C3"));
  EXPECT_EQ(tokenizer->encode("\u0130stanbul"), tokenizer->encode("istanbul"));
}

TEST(WordPiece, wordsOverAHundredCharactersAreUnknown) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  EXPECT_GT(tokenizer->encode(std::string(100, 'a')).size(), 1u);
  EXPECT_EQ(tokenizer->encode(std::string(101, 'a')), (std::vector<int>{100}));
  EXPECT_EQ(tokenizer->encode("ok " + std::string(1 << 20, 'b') + " ok"), (std::vector<int>{7929, 100, 7929}));
}

TEST(WordPiece, brokenUtf8AndControlCharactersDisappear) {
  const auto tokenizer = openTokenizer(kBert, 30522);
  EXPECT_EQ(tokenizer->encode("he\xFFllo\x01 \xE2\x80\x8Bworld"), tokenizer->encode("hello world"));
  EXPECT_EQ(tokenizer->encode(std::string_view("he\0llo", 6)), tokenizer->encode("hello"));
}

TEST(WordPiece, longestFirstCutsTheLongerTextAndTheSecondOfEquals) {
  const auto tokenizer = small();
  const Encoding cut = tokenizer->encode("un un un un run", "! ! !", 7);  // 3 special tokens leave 4
  EXPECT_EQ(cut.ids, (std::vector<int>{2, 5, 5, 3, 11, 11, 3}));
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(tokenizer->encode("un un", "! !", 6).ids, (std::vector<int>{2, 5, 5, 3, 11, 3}));
  EXPECT_EQ(tokenizer->encode("un un", std::nullopt, 3).ids, (std::vector<int>{2, 5, 3}));
  EXPECT_EQ(tokenizer->encode("un un", std::nullopt, 2).ids, (std::vector<int>{2, 3}));
  const Encoding whole = tokenizer->encode("un", "!", 5);
  EXPECT_FALSE(whole.truncated);
  EXPECT_EQ(whole.types, (std::vector<int>{0, 0, 0, 1, 1}));
}

TEST(WordPiece, refusesALengthThatHoldsNoSpecialTokens) {
  const auto tokenizer = small();
  EXPECT_THAT(messageOf<Error>([&] { (void)tokenizer->encode("un", "!", 2); }),
              HasSubstr("found 2 tokens, expected at least 3"));
}

TEST(WordPiece, configDecidesOnCaseAccentsAndIdeographs) {
  EXPECT_EQ(small()->encode("Unwanted"), (std::vector<int>{5, 6, 7}));
  EXPECT_EQ(small()->encode("\u00C9t\u00E9"), (std::vector<int>{16}));
  EXPECT_EQ(small(R"({"do_lower_case": false})")->encode("Unwanted \u00E9t\u00E9"), (std::vector<int>{12, 6, 7, 15}));
  EXPECT_EQ(small(R"({"strip_accents": false})")->encode("\u00C9t\u00E9"), (std::vector<int>{15}));
  EXPECT_EQ(small(R"({"do_lower_case": false, "strip_accents": true})")->encode("\u00E9t\u00E9"),
            (std::vector<int>{16}));
  EXPECT_EQ(small()->encode("un\u56FDun"), (std::vector<int>{5, 17, 5}));
  EXPECT_EQ(small(R"({"tokenize_chinese_chars": false})")->encode("un\u56FDun"), (std::vector<int>{1}));
}

TEST(WordPiece, windowsLineEndsAreNoPartOfTheTokens) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nun\r\n");
  EXPECT_EQ(openTokenizer(folder.path(), 5)->encode("un"), (std::vector<int>{4}));
}

TEST(WordPiece, addedTokensAreRecognisedInRawText) {
  EXPECT_EQ(small(R"({"added_tokens_decoder": {"18": {"content": "[E1]", "special": true}}})")->encode("un[E1]!"),
            (std::vector<int>{5, 18, 11}));
  const TemporaryFolder folder;
  folder.write("vocab.txt", kSmallVocabulary);
  folder.write("added_tokens.json", R"({"[E1]": 18})");
  EXPECT_EQ(openTokenizer(folder.path(), 19)->encode("[E1]"), (std::vector<int>{18}));
  EXPECT_THAT(whyRefused(folder, 18), HasSubstr("id 18, expected 0 to 17"));
}

TEST(TokenizerFile, readsTokenizerJson) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", wordPieceJson(R"({"type": "BertNormalizer", "lowercase": false})"));
  const auto tokenizer = openTokenizer(folder.path(), 7);
  EXPECT_EQ(tokenizer->encode("Running running[NEW]"), (std::vector<int>{4, 5, 1, 6}));
  EXPECT_EQ(tokenizer->size(), 7);
  folder.write("tokenizer.json", wordPieceJson(R"({"type": "Lowercase"})"));
  EXPECT_THAT(whyRefused(folder), AllOf(HasSubstr("normalizer"), HasSubstr("BertNormalizer")));
}

TEST(TokenizerFile, aWordLongerThanTheFileAllowsIsUnknown) {
  json file = json::parse(wordPieceJson(R"({"type": "BertNormalizer", "lowercase": false})"));
  file["model"]["max_input_chars_per_word"] = 6;
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  EXPECT_EQ(openTokenizer(folder.path(), 7)->encode("Running Run"), (std::vector<int>{1, 4}));
  file["model"]["max_input_chars_per_word"] = 7;
  folder.write("tokenizer.json", file.dump());
  EXPECT_EQ(openTokenizer(folder.path(), 7)->encode("Running Run"), (std::vector<int>{4, 5, 4}));
}

TEST(TokenizerFile, refusesSettingsOfWordPieceThatItDoesNotFollow) {
  const auto with = [](const std::string& pointer, const json& value) {
    json file = json::parse(wordPieceJson(R"({"type": "BertNormalizer", "clean_text": true})"));
    file[json::json_pointer(pointer)] = value;
    const TemporaryFolder folder;
    folder.write("tokenizer.json", file.dump());
    return whyRefused(folder, 7);
  };
  EXPECT_EQ(with("/added_tokens/0/single_word", false), "");
  EXPECT_THAT(with("/added_tokens/0/single_word", true),
              HasSubstr("single_word of \"[NEW]\": found true, expected false"));
  EXPECT_THAT(with("/normalizer/clean_text", false), HasSubstr("normalizer.clean_text: found false, expected true"));
  EXPECT_THAT(with("/pre_tokenizer/type", "Whitespace"),
              HasSubstr("pre_tokenizer: found {\"type\":\"Whitespace\"}, expected BertPreTokenizer"));
  EXPECT_THAT(with("/pre_tokenizer", nullptr), HasSubstr("pre_tokenizer: found null"));
  EXPECT_THAT(with("/model/max_input_chars_per_word", -1), HasSubstr("max_input_chars_per_word: found -1"));
  EXPECT_THAT(with("/model/max_input_chars_per_word", "x"), HasSubstr("max_input_chars_per_word: found \"x\""));
}

TEST(TokenizerFile, refusesJsonThatNestsWithoutEnd) {
  const std::string open(300000, '['), deep = open + std::string(300000, ']');
  const TemporaryFolder folder;
  folder.write("tokenizer.json", R"({"model": )" + deep + "}");
  EXPECT_THAT(whyRefused(folder), AllOf(HasSubstr("tokenizer.json"), HasSubstr("nested deeper than 32 levels")));
  folder.write("vocab.txt", kSmallVocabulary);
  EXPECT_EQ(whyRefused(folder), "") << "vocab.txt comes first";
  folder.write("tokenizer_config.json", R"({"do_lower_case": )" + deep + "}");
  EXPECT_THAT(whyRefused(folder), AllOf(HasSubstr("tokenizer_config.json"), HasSubstr("nested deeper")));
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {")" + open + R"(": {"content": "x"}}})");
  EXPECT_THAT(whyRefused(folder), AllOf(HasSubstr("added_tokens_decoder"), HasSubstr("expected a whole number as id")));
}

TEST(TokenizerFile, refusesDamagedTokenizerJson) {
  const TemporaryFolder folder;
  for (const char* content :
       {"", "[]", "{", "{}", R"({"model": 3})", R"({"model": {"type": "BPE", "vocab": {"a": 0}}})",
        R"({"model": {"type": "WordPiece"}, "normalizer": {"type": "BertNormalizer"}})",
        R"({"model": {"vocab": {"a": -1}}, "normalizer": {"type": "BertNormalizer"}})",
        R"({"model": {"vocab": {"a": 99999999999}}, "normalizer": {"type": "BertNormalizer"}})",
        R"({"model": {"vocab": {"a": 1, "b": 1}}, "normalizer": {"type": "BertNormalizer"}})",
        R"({"model": {"vocab": {"a": "x"}}, "normalizer": {"type": "BertNormalizer"}})",
        R"({"model": {"vocab": {"a": 0}}, "added_tokens": [7], "normalizer": {"type": "BertNormalizer"}})"}) {
    folder.write("tokenizer.json", content);
    EXPECT_THAT(whyRefused(folder, 10), HasSubstr("tokenizer.json")) << content;
  }
}

TEST(TokenizerFile, aMissingVocabularyNamesTheRemedy) {
  const TemporaryFolder folder;
  EXPECT_THAT(whyRefused(folder),
              AllOf(HasSubstr(folder.path()), HasSubstr("vocab.txt"), HasSubstr("copy the tokenizer files")));
}

TEST(TokenizerFile, refusesDamagedVocabularies) {
  const TemporaryFolder folder;
  folder.write("vocab.txt", "");
  EXPECT_THAT(whyRefused(folder), HasSubstr("empty file"));
  folder.write("vocab.txt", "[PAD]\n\xFF\xFE\n");
  EXPECT_THAT(whyRefused(folder), HasSubstr("line 2: found bytes that are not UTF-8"));
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\nx\n");
  EXPECT_THAT(whyRefused(folder), HasSubstr("found no token [SEP]"));
  folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nx\n");
  EXPECT_THAT(whyRefused(folder, 4), HasSubstr("found more than 4 tokens"));
  EXPECT_EQ(whyRefused(folder, 5), "");
  folder.write("tokenizer_config.json", R"({"do_lower_case": "yes"})");
  EXPECT_THAT(whyRefused(folder), HasSubstr("do_lower_case: found \"yes\", expected true or false"));
}

}  // namespace
}  // namespace headroom
