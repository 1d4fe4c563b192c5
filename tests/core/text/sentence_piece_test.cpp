// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentence_piece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/text/charsmap.h"
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

const std::string kHello = std::string(kSpace) + "hello", kWorld = std::string(kSpace) + "world";

/// 3 " hello", 4 " world", 5 "h", 6 "e", 7 "l", 8 "o", 9 " ", 10 "<pad>".
ModelDescription small() {
  ModelDescription model = unigram({kHello, kWorld, "h", "e", "l", "o", kSpace, "<pad>"});
  model.pieces.back().kind = PieceKind::Control;
  return model;
}

std::string whyRefused(const TemporaryFolder& folder, int vocabularySize = 0) {
  return messageOf<Error>([&] { (void)openTokenizer(folder.path(), vocabularySize); });
}

/// A trie of one rule, 'A' to 'a', in front of its text.
std::string charsmapOfOneRule() {
  std::vector<std::uint32_t> units(512, 0x80000000U);
  units[0] = 256U << 10;             // the root's children begin at 256
  units[256 ^ 'A'] = 'A' | 1U << 8;  // has a leaf; its own children begin where it stands
  units[256 ^ 'A'] |= (256U ^ 'A' ^ 288U) << 10;
  units[288] = 0;  // the leaf: text 0
  std::string out;
  const auto append = [&out](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
  };
  append(static_cast<std::uint32_t>(units.size() * 4));
  for (const std::uint32_t unit : units) append(unit);
  return out + std::string("a\0", 2);
}

TEST(SentencePiece, endsTextsAsT5Does) {
  const TemporaryFolder folder;
  folder.write("spiece.model", modelFile(small()));
  const auto tokenizer = openTokenizer(folder.path(), 11);
  EXPECT_EQ(tokenizer->encode("hello  world"), (Ids{3, 4}));
  EXPECT_EQ(tokenizer->encode("hello", "world hole", 20).ids, (Ids{3, 2, 4, 9, 5, 8, 7, 6, 2}));
  EXPECT_EQ(tokenizer->encodeTarget("hello world", 2).ids, (Ids{3, 2}));
  EXPECT_EQ(tokenizer->encode("x"), (Ids{9, 0}));
  EXPECT_EQ(tokenizer->decode(Ids{3, 4, 5, 2, 10}), "hello worldh");
  EXPECT_EQ(tokenizer->padId(), 10);
  EXPECT_EQ(tokenizer->size(), 11);
}

TEST(SentencePiece, sentinelsOfT5StandBehindThePiecesWhereThereIsRoom) {
  const TemporaryFolder folder;
  folder.write("spiece.model", modelFile(small()));
  const auto tokenizer = openTokenizer(folder.path(), 128);
  EXPECT_EQ(tokenizer->size(), 111);
  EXPECT_EQ(tokenizer->encode("hello<extra_id_0>"), (Ids{3, 110}));
  EXPECT_EQ(tokenizer->token(11), "<extra_id_99>");
}

TEST(SentencePiece, beginsTextsAsLlamaDoes) {
  const TemporaryFolder folder;
  folder.write("tokenizer.model", modelFile(small()));
  EXPECT_EQ(openTokenizer(folder.path(), 11)->encode("hello", std::nullopt, 9).ids, (Ids{1, 3}));
  folder.write("tokenizer_config.json", R"({"add_bos_token": false, "add_eos_token": true})");
  EXPECT_EQ(openTokenizer(folder.path(), 11)->encode("hello</s>", std::nullopt, 9).ids, (Ids{3, 2, 2}));
}

TEST(SentencePiece, takesTokensThatWereAddedBehindTheModel) {
  const TemporaryFolder folder;
  folder.write("tokenizer.model", modelFile(small()));
  folder.write("added_tokens.json", R"({"[PAD]": 11})");
  folder.write("tokenizer_config.json",
               R"({"added_tokens_decoder": {"12": {"content": "[NAME]", "special": false}}, "add_bos_token": false})");
  const auto tokenizer = openTokenizer(folder.path(), 13);
  EXPECT_EQ(tokenizer->encode("hello[PAD][NAME]world"), (Ids{3, 11, 12, 4}));
  EXPECT_EQ(tokenizer->decode(Ids{3, 11, 12, 4}), "hello[NAME]world");
  EXPECT_THAT(whyRefused(folder, 12), HasSubstr("found 13 tokens, expected at most 12"));
  folder.write("added_tokens.json", R"({"[PAD]": 40})");
  EXPECT_THAT(whyRefused(folder), HasSubstr("id 12, expected 0 to 11"));
}

TEST(SentencePiece, takesTokensThatWereAddedToT5) {
  const TemporaryFolder folder;
  folder.write("spiece.model", modelFile(small()));
  folder.write("added_tokens.json", R"({"[PAD]": 11})");
  folder.write("tokenizer_config.json", R"({"added_tokens_decoder": {"12": {"content": "[NAME]", "special": false}}})");
  EXPECT_EQ(openTokenizer(folder.path(), 13)->encode("hello[PAD][NAME]world"), (Ids{3, 11, 12, 4}));
  EXPECT_THAT(whyRefused(folder, 12), HasSubstr("found 13 tokens, expected at most 12"));
}

TEST(SentencePiece, sentinelsOfT5FillWhatTheListLeavesFree) {
  const TemporaryFolder folder;
  folder.write("spiece.model", modelFile(small()));
  folder.write("tokenizer_config.json",
               R"({"added_tokens_decoder": {"110": {"content": "<extra_id_0>"}, "111": {"content": "[NEW]"}}})");
  const auto tokenizer = openTokenizer(folder.path(), 128);
  EXPECT_EQ(tokenizer->size(), 112);
  EXPECT_EQ(tokenizer->token(11), "<extra_id_99>");
  EXPECT_EQ(tokenizer->encode("hello<extra_id_1>[NEW]<extra_id_0>"), (Ids{3, 109, 111, 110}));
  folder.write("tokenizer_config.json",
               R"({"extra_ids": 2, "added_tokens_decoder": {"11": "<extra_id_0>", "12": "<extra_id_1>"}})");
  const auto turned = openTokenizer(folder.path(), 13);
  EXPECT_EQ(turned->size(), 13);
  EXPECT_EQ(turned->encode("<extra_id_0><extra_id_1>"), (Ids{11, 12})) << "the list counts";
}

TEST(SentencePiece, theSpaceInFrontComesOnceATextUnlessLegacy) {
  for (const char* name : {"spiece.model", "tokenizer.model"}) {
    const TemporaryFolder folder;
    folder.write(name, modelFile(small()));
    EXPECT_EQ(openTokenizer(folder.path(), 11)->encode("hello</s>hello"), (Ids{3, 2, 3})) << name;
    folder.write("tokenizer_config.json", R"({"legacy": false})");
    const auto tokenizer = openTokenizer(folder.path(), 11);
    EXPECT_EQ(tokenizer->encode("hello</s>hello"), (Ids{3, 2, 5, 6, 7, 7, 8})) << name;
    EXPECT_EQ(tokenizer->encode(" hello</s> hello"), (Ids{3, 2, 3})) << name;
    EXPECT_EQ(tokenizer->decode(Ids{3, 4}), "hello world") << name;
    folder.write("tokenizer_config.json", R"({"legacy": false, "add_prefix_space": false})");
    EXPECT_EQ(openTokenizer(folder.path(), 11)->encode("hello"), (Ids{5, 6, 7, 7, 8})) << name;
    EXPECT_EQ(openTokenizer(folder.path(), 11)->encode(" hello"), (Ids{3})) << name;
  }
}

TEST(SentencePiece, theSpaceInFrontIsOneMoreWhereTheModelKeepsSpaces) {
  ModelDescription model = small();
  model.removeExtraSpaces = false;
  const TemporaryFolder folder;
  folder.write("tokenizer.model", modelFile(model));
  folder.write("tokenizer_config.json", R"({"legacy": false})");
  EXPECT_EQ(openTokenizer(folder.path(), 11)->encode(" hello</s> hello"), (Ids{9, 3, 2, 3}));
}

TEST(SentencePiece, appliesTheNormalisationRulesOfTheModel) {
  ModelDescription model = small();
  model.pieces.push_back({.text = "a", .score = -1, .kind = PieceKind::Normal});
  model.charsmap = charsmapOfOneRule();
  ASSERT_TRUE(isCharsmap(model.charsmap));
  const TemporaryFolder folder;
  folder.write("spiece.model", modelFile(model));
  EXPECT_EQ(openTokenizer(folder.path(), 12)->encode("hello A"), (Ids{3, 9, 11}));
}

TEST(SentencePiece, refusesModelsOfTheWrongSize) {
  const TemporaryFolder folder;
  for (const char* name : {"spiece.model", "tokenizer.model"}) {
    const std::string path = folder.write(name, modelFile(small()));
    EXPECT_THAT(whyRefused(folder, 10),
                AllOf(HasSubstr(name), HasSubstr("found 11 tokens, expected at most 10"), HasSubstr("config.json")));
    EXPECT_THAT(whyRefused(folder, 32000), HasSubstr("found 11 tokens, expected about 32000"));
    EXPECT_EQ(whyRefused(folder, 11), "");
    std::filesystem::remove(path);
  }
}

TEST(SentencePiece, refusesFilesThatAreNoModel) {
  const TemporaryFolder folder;
  ModelDescription twoUnknown = small();
  twoUnknown.pieces[4].kind = PieceKind::Unknown;
  ModelDescription noEnd = small();
  noEnd.pieces[2].text = "</x>";
  ModelDescription doubled = small();
  doubled.pieces[4] = doubled.pieces[3];
  for (const std::string& content :
       {std::string(), std::string("hello"), std::string(64, '\xFF'), modelFile(small()).substr(0, 40),
        modelFile(unigram({})).substr(0, 5), modelFile(twoUnknown), modelFile(noEnd), modelFile(doubled)}) {
    folder.write("spiece.model", content);
    EXPECT_THAT(whyRefused(folder), HasSubstr("spiece.model: found")) << content.size();
  }
}

TEST(Charsmap, refusesTriesAndTextsThatPointOutside) {
  const std::string good = charsmapOfOneRule();
  EXPECT_TRUE(isCharsmap(good));
  EXPECT_FALSE(isCharsmap(""));
  EXPECT_FALSE(isCharsmap(good.substr(0, 100)));
  EXPECT_FALSE(isCharsmap(good.substr(0, good.size() - 1)));  // the text lacks its end
  std::string far = good;
  far[4 + 2] = '\x70';  // the root's children
  EXPECT_FALSE(isCharsmap(far));
  std::string text = good;
  text[4 + 4 * 288] = 9;  // the leaf's text
  EXPECT_FALSE(isCharsmap(text));
}

TEST(SentencePiece, survivesEveryDamagedByte) {
  ModelDescription model = small();
  model.charsmap = charsmapOfOneRule();
  const std::string good = modelFile(model);
  Rng rng(1);
  for (int round = 0; round < 3000; ++round) {
    std::string bad = good;
    for (int i = 0; i < 3; ++i) bad[rng.below(bad.size())] = static_cast<char>(rng.below(256));
    try {
      const SentencePieceModel damaged(bad, "damaged");
      (void)damaged.encode("hello A world \u00E9");
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("damaged: found"));
    }
  }
}

json unigramFile() {
  json vocab = json::array();
  for (const ModelPiece& piece : small().pieces) vocab.push_back({piece.text, piece.score});
  const json a = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}, b = {{"Sequence", {{"id", "B"}, {"type_id", 0}}}};
  const json end = {{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
  return {
      {"model", {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", vocab}}},
      {"added_tokens", json::array({{{"id", 2}, {"content", "</s>"}, {"special", true}},
                                    {{"id", 10}, {"content", "<pad>"}, {"special", true}},
                                    {{"id", 11}, {"content", "<extra_id_0>"}, {"special", true}}})},
      {"normalizer",
       {{"type", "Sequence"},
        {"normalizers", json::array({{{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}}})}}},
      {"pre_tokenizer", {{"type", "Metaspace"}, {"add_prefix_space", true}}},
      {"post_processor",
       {{"type", "TemplateProcessing"}, {"single", json::array({a, end})}, {"pair", json::array({a, end, b, end})}}}};
}

TEST(UnigramJson, equalsTheModelFileOfTheSamePieces) {
  const TemporaryFolder model, file;
  model.write("spiece.model", modelFile(small()));
  file.write("tokenizer.json", unigramFile().dump());
  const auto ours = openTokenizer(file.path(), 12), theirs = openTokenizer(model.path(), 12);
  for (const char* text : {"", "hello world", "hole  hello ", "x h", "</s>hello"})
    EXPECT_EQ(ours->encode(text, std::nullopt, 99).ids, theirs->encode(text, std::nullopt, 99).ids) << text;
  EXPECT_EQ(ours->encode("hello<extra_id_0>"), (Ids{3, 11}));
  EXPECT_EQ(ours->padId(), 10);
}

std::shared_ptr<const Tokenizer> openUnigram(const json& preTokenizer, const json& normalizer = nullptr) {
  json file = unigramFile();
  file["pre_tokenizer"] = preTokenizer;
  file["normalizer"] = normalizer;
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  return openTokenizer(folder.path(), 12);
}

json metaspace(const char* scheme) { return {{"type", "Metaspace"}, {"prepend_scheme", scheme}}; }

json inSequence(const json& first, const json& second) {
  return {{"type", "Sequence"}, {"pretokenizers", json::array({first, second})}};
}

TEST(UnigramJson, whitespaceSplitOnlyPartsWords) {
  const auto tokenizer = openUnigram(inSequence({{"type", "WhitespaceSplit"}}, metaspace("always")));
  EXPECT_EQ(tokenizer->encode("hello  world"), (Ids{3, 4}));
  EXPECT_EQ(tokenizer->encode(" hello\tworld\n"), (Ids{3, 4}));
  EXPECT_EQ(tokenizer->encode("h\u00A0e</s>hello"), (Ids{9, 5, 9, 6, 2, 3}));
  EXPECT_EQ(tokenizer->encode(" \n "), Ids{});
}

TEST(UnigramJson, metaspaceAloneKeepsTheSpacesOfTheText) {
  const auto tokenizer = openUnigram(metaspace("always"));
  EXPECT_EQ(tokenizer->encode("hello  world"), (Ids{3, 9, 4}));
  EXPECT_EQ(tokenizer->encode(" hello</s>hello"), (Ids{3, 2, 3}));
  EXPECT_EQ(tokenizer->encode("  hello"), (Ids{9, 3}));
  EXPECT_EQ(tokenizer->encode(" "), Ids{9});
}

TEST(UnigramJson, metaspaceMayAddItsSpaceOnceAText) {
  const json collapse = {{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", " "}};
  for (const json& normalizer : {json(), collapse}) {
    const auto tokenizer = openUnigram(metaspace("first"), normalizer);
    EXPECT_EQ(tokenizer->encode("hello</s>hello"), (Ids{3, 2, 5, 6, 7, 7, 8}));
    EXPECT_EQ(tokenizer->encode(" hello</s> hello"), (Ids{3, 2, 3}));
    EXPECT_EQ(tokenizer->encode("</s>hello"), (Ids{2, 5, 6, 7, 7, 8}));
  }
}

TEST(UnigramJson, refusesCompanionsOfMetaspaceThatItDoesNotFollow) {
  const auto why = [](const json& step) { return messageOf<Error>([&] { (void)openUnigram(step); }); };
  EXPECT_THAT(why(inSequence({{"type", "Digits"}}, metaspace("always"))), HasSubstr("alone or behind WhitespaceSplit"));
  EXPECT_THAT(why(inSequence(metaspace("always"), {{"type", "WhitespaceSplit"}})), HasSubstr("pre_tokenizer"));
  EXPECT_THAT(why(inSequence({{"type", "WhitespaceSplit"}}, metaspace("first"))), HasSubstr("prepend_scheme"));
  EXPECT_EQ(why({{"type", "Sequence"}, {"pretokenizers", json::array({metaspace("always")})}}), "");
}

TEST(UnigramJson, refusesDamagedFiles) {
  const auto with = [](const std::string& pointer, const json& value) {
    json file = unigramFile();
    file[json::json_pointer(pointer)] = value;
    const TemporaryFolder folder;
    folder.write("tokenizer.json", file.dump());
    return whyRefused(folder, 12);
  };
  EXPECT_EQ(with("/model/unk_id", 0), "");
  EXPECT_THAT(with("/model/unk_id", 99), HasSubstr("model.unk_id: found 99"));
  EXPECT_THAT(with("/model/vocab", json::object()), HasSubstr("model.vocab"));
  EXPECT_THAT(with("/model/vocab/3", "x"), HasSubstr("model.vocab: found \"x\""));
  EXPECT_THAT(with("/added_tokens/2/id", 20), HasSubstr("id 20, expected 0 to 11"));
  EXPECT_THAT(with("/pre_tokenizer", nullptr), HasSubstr("pre_tokenizer"));
  EXPECT_THAT(with("/normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "!!"}}), HasSubstr("base64"));
  EXPECT_THAT(with("/normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "QUJDREVGR0g="}}),
              HasSubstr("normalisation rules"));
}

}  // namespace
}  // namespace headroom
