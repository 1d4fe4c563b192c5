// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/fallback_bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
using Ids = std::vector<int>;

const std::string kStories = std::string(HEADROOM_FIXTURES) + "/stories260K";
constexpr const char* kSpace = "\u2581";

std::string whyRefused(const TemporaryFolder& folder, int vocabularySize = 0) {
  return messageOf<Error>([&] { (void)openTokenizer(folder.path(), vocabularySize); });
}

TEST(ScoredVocabulary, readsAndWritesTheStoryThatTheModelWrote) {
  const auto tokenizer = openTokenizer(kStories, 512);
  const json story = json::parse(readTextFile(kStories + "/greedy.json"));
  const auto text = story["text"].get<std::string>();
  const auto ids = story["ids"].get<Ids>();
  EXPECT_EQ(tokenizer->decode(ids), text);
  EXPECT_EQ(tokenizer->encode(text, std::nullopt, 1000).ids, ids);
}

TEST(ScoredVocabulary, spellsUnknownCharactersByTheirBytes) {
  const auto tokenizer = openTokenizer(kStories, 512);
  const Ids ids = tokenizer->encode("\u4E2D");
  EXPECT_EQ(ids, (Ids{410, 3 + 0xE4, 3 + 0xB8, 3 + 0xAD}));
  EXPECT_EQ(tokenizer->decode(ids), "\u4E2D");
  EXPECT_EQ(tokenizer->decode(tokenizer->encode("caf\u00E9 \u201Cquoted\u201D")), "caf\u00E9 \u201Cquoted\u201D");
  EXPECT_EQ(tokenizer->encode(""), Ids{});
  EXPECT_EQ(tokenizer->decode(Ids{1, 3 + 0xFF}), "\uFFFD");
}

TEST(ScoredVocabulary, mergesTheBestScoreFirst) {
  json tokens = json::array({"<unk>", "\n<s>\n", "\n</s>\n"});
  for (int byte = 0; byte < 256; ++byte) {
    const char* digits = "0123456789ABCDEF";
    tokens.push_back(std::string("<0x") + digits[byte / 16] + digits[byte % 16] + ">");
  }
  json scores(tokens.size(), 0);
  for (const auto& [token, score] : {std::pair{"a", -9}, {"b", -9}, {"c", -9}, {"ab", -2}, {"bc", -1}, {"abc", -3}}) {
    tokens.push_back(token);
    scores.push_back(score);
  }
  const TemporaryFolder folder;
  folder.write("tok512.json", json{{"vocab", tokens}, {"scores", scores}}.dump());
  const auto tokenizer = openTokenizer(folder.path(), 265);
  EXPECT_EQ(tokenizer->encode("abab"), (Ids{3 + ' ', 262, 262}));
  EXPECT_EQ(tokenizer->encode("abc"), (Ids{3 + ' ', 264}));  // a, bc, then abc
  EXPECT_EQ(tokenizer->encode("bcbc"), (Ids{3 + ' ', 263, 263}));
}

TEST(ScoredVocabulary, refusesDamagedFiles) {
  const TemporaryFolder folder;
  const json good = json::parse(readTextFile(kStories + "/tok512.json"));
  const auto with = [&](const std::string& pointer, const json& value, int size = 0) {
    json file = good;
    file[json::json_pointer(pointer)] = value;
    folder.write("tok512.json", file.dump());
    return whyRefused(folder, size);
  };
  EXPECT_EQ(with("/note", ""), "");
  EXPECT_THAT(with("/note", "", 511), HasSubstr("vocab: found 512 tokens, expected 511 (vocab_size"));
  EXPECT_THAT(with("/scores", json::array({1})), HasSubstr("scores: found 1 numbers, expected 512"));
  EXPECT_THAT(with("/scores/5", "x"), HasSubstr("scores: found \"x\""));
  EXPECT_THAT(with("/vocab/300", "\u4E2D"), HasSubstr("characters are bytes"));
  EXPECT_THAT(with("/vocab/300", ""), HasSubstr("vocab"));
  EXPECT_THAT(with("/vocab", json::array({"a"})), HasSubstr("found 1 tokens, expected more than 259"));
  folder.write("tok512.json", "{");
  EXPECT_THAT(whyRefused(folder), HasSubstr("tok512.json"));
}

json llamaFile() {
  const std::string space = kSpace;
  json vocab{{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}, {"<0xC3>", 3}, {"<0xA9>", 4},
             {space, 5},   {"h", 6},   {"i", 7},    {"hi", 8},     {space + "hi", 9}};
  const json a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, b = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  const json first = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  return {{"model",
           {{"type", "BPE"},
            {"vocab", vocab},
            {"merges", json::array({"h i", space + " hi"})},
            {"unk_token", "<unk>"},
            {"fuse_unk", true},
            {"byte_fallback", true}}},
          {"added_tokens", json::array({{{"id", 1}, {"content", "<s>"}, {"special", true}}})},
          {"normalizer",
           {{"type", "Sequence"},
            {"normalizers", json::array({{{"type", "Prepend"}, {"prepend", space}},
                                         {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", space}}})}}},
          {"pre_tokenizer", nullptr},
          {"post_processor",
           {{"type", "TemplateProcessing"},
            {"single", json::array({first, a})},
            {"pair", json::array({first, a, first, b})}}}};
}

TEST(FallbackBpeJson, readsLlamasTokenizerJson) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", llamaFile().dump());
  const auto tokenizer = openTokenizer(folder.path(), 10);
  EXPECT_EQ(tokenizer->encode("hi hih\u00E9", std::nullopt, 99).ids, (Ids{1, 9, 9, 6, 3, 4}));
  EXPECT_EQ(tokenizer->encode("hixyz"), (Ids{9, 0}));  // unknown characters in a row are one token
  EXPECT_EQ(tokenizer->decode(Ids{1, 9, 9, 6, 3, 4}), "hi hih\u00E9");
  json metaspace = llamaFile();
  metaspace["normalizer"] = nullptr;
  metaspace["pre_tokenizer"] = {{"type", "Metaspace"}, {"prepend_scheme", "never"}};
  folder.write("tokenizer.json", metaspace.dump());
  EXPECT_EQ(openTokenizer(folder.path(), 10)->encode("hi hi"), (Ids{8, 9}));
}

json metaspaceFile(const json& settings) {
  json file = llamaFile();
  file["normalizer"] = nullptr;
  file["pre_tokenizer"] = {{"type", "Metaspace"}};
  file["pre_tokenizer"].update(settings);
  return file;
}

std::shared_ptr<const Tokenizer> open(const json& file) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  return openTokenizer(folder.path(), 0);
}

TEST(FallbackBpeJson, metaspaceAddsNoSpaceWhereTheTextHasOne) {
  const auto always = open(metaspaceFile({{"prepend_scheme", "always"}}));
  EXPECT_EQ(always->encode(" hi"), Ids{9});
  EXPECT_EQ(always->encode("hi<s>hi<s> hi"), (Ids{9, 1, 9, 1, 9}));
  EXPECT_EQ(open(llamaFile())->encode(" hi"), (Ids{5, 9})) << "the normaliser's Prepend asks nothing";
}

TEST(FallbackBpeJson, metaspaceMayAddItsSpaceOnceAText) {
  const auto first = open(metaspaceFile({{"prepend_scheme", "first"}}));
  EXPECT_EQ(first->encode("hi<s>hi"), (Ids{9, 1, 8}));
  EXPECT_EQ(first->encode("hi<s> hi"), (Ids{9, 1, 9}));
  EXPECT_EQ(first->encode("<s>hi"), (Ids{1, 8}));
  EXPECT_EQ(first->decode(Ids{9, 9}), "hi hi");
}

TEST(FallbackBpeJson, metaspaceMergesNothingAcrossWordsUnlessToldSo) {
  const std::string space = kSpace;
  json file = metaspaceFile({{"split", false}});
  file["model"]["vocab"]["hi" + space] = 10;
  file["model"]["merges"] = json::array({"h i", "hi " + space, space + " hi"});
  EXPECT_EQ(open(file)->encode("hi hi"), (Ids{5, 10, 8}));
  file["pre_tokenizer"].erase("split");
  EXPECT_EQ(open(file)->encode("hi hi"), (Ids{9, 9}));
}

TEST(FallbackBpeJson, refusesSettingsThatItDoesNotFollow) {
  const auto why = [](const json& file) { return messageOf<Error>([&] { (void)open(file); }); };
  EXPECT_EQ(why(metaspaceFile({{"replacement", kSpace}})), "");
  EXPECT_THAT(why(metaspaceFile({{"replacement", "_"}})), HasSubstr("pre_tokenizer.replacement: found \"_\""));
  EXPECT_THAT(why(metaspaceFile({{"prepend_scheme", "sometimes"}})), HasSubstr("expected always, first or never"));
  json both = metaspaceFile(json::object());
  both["normalizer"] = {{"type", "Lowercase"}};
  EXPECT_THAT(why(both), HasSubstr("normalizer: found {\"type\":\"Lowercase\"}, expected none beside Metaspace"));
  json more = llamaFile();
  more["normalizer"]["normalizers"].push_back({{"type", "Lowercase"}});
  EXPECT_THAT(why(more), AllOf(HasSubstr("field normalizer"), HasSubstr("does nothing else")));
  json other = llamaFile();
  other["normalizer"]["normalizers"][1]["pattern"]["String"] = "_";
  EXPECT_THAT(why(other), HasSubstr("field normalizer"));
  json marked = llamaFile();
  marked["model"]["end_of_word_suffix"] = "</w>";
  EXPECT_THAT(why(marked), HasSubstr("model.end_of_word_suffix: found \"</w>\", expected none"));
}

TEST(FallbackBpeJson, refusesDamagedFiles) {
  const TemporaryFolder folder;
  json file = llamaFile();
  file["model"]["merges"][1] = "h h";
  folder.write("tokenizer.json", file.dump());
  EXPECT_THAT(whyRefused(folder), HasSubstr("found no token hh"));
  file = llamaFile();
  file["normalizer"] = {{"type", "Lowercase"}};
  folder.write("tokenizer.json", file.dump());
  EXPECT_THAT(whyRefused(folder), HasSubstr("normalizer"));
  folder.write("tokenizer.json", llamaFile().dump());
  EXPECT_THAT(whyRefused(folder, 9), AllOf(HasSubstr("tokenizer.json"), HasSubstr("expected an id from 0 to 8")));
}

}  // namespace
}  // namespace headroom
