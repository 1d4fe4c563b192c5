// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_bpe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/byte_alphabet.h"
#include "core/text/gpt2_split.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using nlohmann::json;
using test::messageOf;
using test::TemporaryFolder;
using testing::AllOf;
using testing::HasSubstr;
using Ids = std::vector<int>;

const std::string kGpt2 = std::string(HEADROOM_FIXTURES) + "/gpt2_cut";
constexpr const char* kSpace = "\u0120";  // how the alphabet spells a space

std::vector<std::string> parts(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    out.emplace_back(text.substr(0, firstGpt2Part(text)));
    text.remove_prefix(out.back().size());
  }
  return out;
}

/// l o w e r, a space, "lo", " lo", " low", then the special tokens.
json smallVocabulary(std::vector<std::string> special) {
  json vocabulary;
  int id = 0;
  const std::string space = kSpace;
  for (const std::string& token : {std::string("l"), std::string("o"), std::string("w"), std::string("e"),
                                   std::string("r"), space, std::string("lo"), space + "lo", space + "low"})
    vocabulary[token] = id++;
  for (const std::string& token : special) vocabulary[token] = id++;
  return vocabulary;
}

const std::string kSmallMerges = std::string("#version: 0.2\nl o\n") + kSpace + " lo\n" + kSpace + "lo w\n";

std::shared_ptr<const Tokenizer> small(std::vector<std::string> special, const std::string& config = "{}") {
  const TemporaryFolder folder;
  folder.write("vocab.json", smallVocabulary(std::move(special)).dump());
  folder.write("merges.txt", kSmallMerges);
  folder.write("tokenizer_config.json", config);
  return openTokenizer(folder.path(), 0);
}

json smallFile() {
  return {{"model",
           {{"type", "BPE"},
            {"vocab", smallVocabulary({"<s>", "</s>"})},
            {"merges", json::array({"l o", json::array({kSpace, "lo"}), std::string(kSpace) + "lo w"})}}},
          {"added_tokens", json::array({{{"id", 9}, {"content", "<s>"}, {"special", true}},
                                        {{"id", 11}, {"content", "<mask>"}, {"lstrip", true}, {"special", true}}})},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"post_processor",
           {{"type", "RobertaProcessing"}, {"sep", json::array({"</s>", 10})}, {"cls", json::array({"<s>", 9})}}}};
}

std::string whyRefused(const TemporaryFolder& folder, int vocabularySize = 0) {
  return messageOf<Error>([&] { (void)openTokenizer(folder.path(), vocabularySize); });
}

std::string whyRefusedFile(const json& file) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  return whyRefused(folder, 20);
}

TEST(Gpt2Split, cutsAsThePatternDoes) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(parts("I've 12 cats, you'll"), (Parts{"I", "'ve", " 12", " cats", ",", " you", "'ll"}));
  EXPECT_EQ(parts("a  b"), (Parts{"a", " ", " b"}));
  EXPECT_EQ(parts("a\n\nb"), (Parts{"a", "\n", "\n", "b"}));
  EXPECT_EQ(parts("a   "), (Parts{"a", "   "}));
  EXPECT_EQ(parts("!'s"), (Parts{"!'", "s"}));
  EXPECT_EQ(parts("'S"), (Parts{"'", "S"}));
  EXPECT_EQ(parts("x\u00A0\u3000y"), (Parts{"x", "\u00A0", "\u3000", "y"}));
  EXPECT_EQ(parts("\u00BD\u00B2a\u0301"), (Parts{"\u00BD\u00B2", "a", "\u0301"}));
  EXPECT_EQ(parts("a\xFF\xFE z"), (Parts{"a", "\xFF\xFE", " z"}));
}

TEST(ByteAlphabet, spellsEveryByteOnceAndBack) {
  std::string all, spelled;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
    spelled += spelledByte(static_cast<unsigned char>(byte));
  }
  EXPECT_EQ(bytesOfToken(spelled), all);
  EXPECT_EQ(spelledByte(' '), kSpace);
  EXPECT_EQ(spelledByte(0xAD), "\u0143");
  EXPECT_EQ(bytesOfToken("\u4E00"), std::nullopt);
}

TEST(ByteBpe, equalsGpt2OnEveryReferenceText) {
  const auto tokenizer = openTokenizer(kGpt2, 0);
  const json all = json::parse(readTextFile(kGpt2 + "/tokenizer_vectors.json"));
  ASSERT_EQ(all["single"].size(), 52u);
  for (const json& one : all["single"]) {
    const auto text = one["text"].get<std::string>();
    EXPECT_EQ(tokenizer->encode(text), one["ids"].get<Ids>()) << text;
    EXPECT_EQ(tokenizer->decode(one["ids"].get<Ids>()), text);
  }
}

TEST(ByteBpe, mergesTheBestPairFirstAndTheLeftmostOfEquals) {
  const auto tokenizer = small({"<|endoftext|>"});
  EXPECT_EQ(tokenizer->encode("low lower"), (Ids{6, 2, 8, 3, 4}));
  EXPECT_EQ(tokenizer->encode("loolo"), (Ids{6, 1, 6}));
  EXPECT_EQ(tokenizer->encode("<|endoftext|>low"), (Ids{9, 6, 2}));
  EXPECT_EQ(tokenizer->decode(Ids{6, 2, 9, 8, 3, 4}), "low lower");
}

TEST(ByteBpe, bytesBeyondTheVocabularyAreTheUnknownToken) {
  EXPECT_EQ(small({"<|endoftext|>"})->encode("lox"), (Ids{6, 9}));
  EXPECT_EQ(small({"<s>", "</s>", "<unk>"})->encode("xlo"), (Ids{11, 6}));
  EXPECT_EQ(small({})->encode("lox"), (Ids{6}));
}

TEST(ByteBpe, framesOfRobertaStandAroundAndTwiceBetween) {
  const auto tokenizer = small({"<s>", "</s>", "<pad>"});
  const Encoding pair = tokenizer->encode("lo", "low", 100);
  EXPECT_EQ(pair.ids, (Ids{9, 6, 10, 10, 6, 2, 10}));
  EXPECT_EQ(pair.types, (Ids(7, 0)));
  EXPECT_EQ(tokenizer->padId(), 11);
  EXPECT_EQ(small({"<|endoftext|>"})->encode("lo", std::nullopt, 9).ids, (Ids{6}));
}

TEST(ByteBpe, configAddsAPrefixSpaceAndABeginning) {
  EXPECT_EQ(small({}, R"({"add_prefix_space": true})")->encode("low"), (Ids{8}));
  EXPECT_EQ(small({}, R"({"add_prefix_space": true})")->encode(" low"), (Ids{8}));
  EXPECT_EQ(small({"<|endoftext|>"}, R"({"add_bos_token": true})")->encode("lo", std::nullopt, 9).ids, (Ids{9, 6}));
}

TEST(ByteBpe, decodeRepairsBrokenCharactersAndRefusesForeignIds) {
  const auto tokenizer = openTokenizer(kGpt2, 0);
  const Ids rocket = tokenizer->encode("\U0001F680");
  EXPECT_EQ(tokenizer->decode(rocket), "\U0001F680");
  EXPECT_EQ(tokenizer->decode(std::span(rocket).first(1)).substr(0, 3), "\uFFFD");
  EXPECT_THAT(messageOf<Error>([&] { (void)tokenizer->decode(Ids{-1}); }), HasSubstr("found -1, expected 0 to"));
  EXPECT_THAT(messageOf<Error>([&] { (void)tokenizer->decode(Ids{tokenizer->size()}); }), HasSubstr("token id"));
}

TEST(ByteBpe, aMillionLettersInARowTakeNoQuadraticTime) {
  const auto tokenizer = small({});
  std::string text;
  for (int i = 0; i < 500000; ++i) text += "lo";
  EXPECT_EQ(tokenizer->encode(text).size(), 500000u);
}

TEST(ByteBpeFile, readsTokenizerJsonWithBothSpellingsOfMerges) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", smallFile().dump());
  const auto tokenizer = openTokenizer(folder.path(), 12);
  EXPECT_EQ(tokenizer->encode("low lower", "lo", 20).ids, (Ids{9, 6, 2, 8, 3, 4, 10, 10, 6, 10}));
  EXPECT_EQ(tokenizer->encode("lo  <mask> lo"), (Ids{6, 11, 7}));  // <mask> takes the spaces before it
  EXPECT_EQ(tokenizer->size(), 12);
}

TEST(ByteBpeFile, refusesMarksAtTheEndsOfPieces) {
  for (const char* mark : {"end_of_word_suffix", "continuing_subword_prefix"}) {
    json file = smallFile();
    file["model"][mark] = "";
    EXPECT_EQ(whyRefusedFile(file), "");
    file["model"][mark] = "@@";
    EXPECT_THAT(whyRefusedFile(file), HasSubstr("field model." + std::string(mark) + ": found \"@@\", expected none"));
  }
}

TEST(ByteBpeFile, readsTemplatesOfSpecialTokens) {
  json file = smallFile();
  const json a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, b = {{"Sequence", {{"id", "B"}, {"type_id", 1}}}};
  const json end = {{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
  file["post_processor"] = {
      {"type", "TemplateProcessing"}, {"single", json::array({a, end})}, {"pair", json::array({a, end, b, end})}};
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  const Encoding pair = openTokenizer(folder.path(), 12)->encode("lo", "lo", 20);
  EXPECT_EQ(pair.ids, (Ids{6, 10, 6, 10}));
  EXPECT_EQ(pair.types, (Ids{0, 0, 1, 1}));
  file["post_processor"]["pair"] = json::array({b, a});
  EXPECT_THAT(whyRefusedFile(file), HasSubstr("post_processor"));
  file["post_processor"] = {{"type", "Other"}};
  EXPECT_THAT(whyRefusedFile(file), HasSubstr("post_processor"));
}

TEST(ByteBpeFile, refusesMergesOfUnknownTokens) {
  const TemporaryFolder folder;
  folder.write("vocab.json", smallVocabulary({}).dump());
  folder.write("merges.txt", "#version: 0.2\nl o\nw e\n");
  EXPECT_THAT(whyRefused(folder), AllOf(HasSubstr("merges.txt: merge 2: found token we"), HasSubstr("same model")));
  folder.write("merges.txt", "l o\nlo\n");
  EXPECT_THAT(whyRefused(folder), HasSubstr("line 2: found lo, expected two tokens"));
  folder.write("merges.txt", "l o\nl o w\n");
  EXPECT_THAT(whyRefused(folder), HasSubstr("line 2"));
  folder.write("merges.txt", "");
  EXPECT_THAT(whyRefused(folder), HasSubstr("found no merge"));
}

TEST(ByteBpeFile, refusesVocabulariesWithHolesDoublesAndStrangers) {
  const TemporaryFolder folder;
  folder.write("merges.txt", "l o\n");
  folder.write("vocab.json", R"({"l": 0, "o": 1, "lo": 3})");
  EXPECT_THAT(whyRefused(folder), HasSubstr("found no token for id 2, expected one for every id from 0 to 3"));
  folder.write("vocab.json", R"({"l": 0, "o": 1, "lo": 1})");
  EXPECT_THAT(whyRefused(folder), HasSubstr("id 1 twice"));
  folder.write("vocab.json", R"({"l": 0, "o": 1, "lo": 2})");
  EXPECT_THAT(whyRefused(folder, 2), AllOf(HasSubstr("found 2, expected an id from 0 to 1"), HasSubstr("model")));
  EXPECT_EQ(whyRefused(folder, 3), "");
  for (const char* content : {"", "[]", "{", "{}", R"({"l": "0"})", R"({"l": -1})", R"({"l": 1e99})"}) {
    folder.write("vocab.json", content);
    EXPECT_THAT(whyRefused(folder), HasSubstr("vocab.json")) << content;
  }
}

TEST(ByteBpeFile, refusesDamagedTokenizerJson) {
  EXPECT_EQ(whyRefusedFile(smallFile()), "");
  const auto with = [](const std::string& pointer, const json& value) {
    json file = smallFile();
    file[json::json_pointer(pointer)] = value;
    return whyRefusedFile(file);
  };
  EXPECT_THAT(with("/model/merges", 3), HasSubstr("model.merges"));
  EXPECT_THAT(with("/model/merges", json::array({"lo"})), HasSubstr("model.merges: found \"lo\", expected two tokens"));
  EXPECT_THAT(with("/model/merges", json::array({json::array({"l", 1})})), HasSubstr("model.merges"));
  EXPECT_THAT(with("/model/merges", json::array({"l q"})), HasSubstr("merge 1: found token q"));
  EXPECT_THAT(with("/pre_tokenizer", {{"type", "Split"}}), HasSubstr("pre_tokenizer"));
  EXPECT_THAT(with("/post_processor/cls", json::array({"<none>", 1})), HasSubstr("found no token <none>"));
  EXPECT_THAT(with("/added_tokens/0/id", 3), HasSubstr("added token"));
  EXPECT_THAT(with("/added_tokens/1/id", 40), HasSubstr("id 40, expected 0 to 19"));
  EXPECT_THAT(with("/model/type", "Magic"), HasSubstr("model.type: found \"Magic\""));
}

}  // namespace
}  // namespace headroom
