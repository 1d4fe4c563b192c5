// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_level.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using nlohmann::json;
using test::messageOf;
using test::TemporaryFolder;
using testing::HasSubstr;
using Ids = std::vector<int>;

json wordFile(const char* split) {
  return {{"model",
           {{"type", "WordLevel"},
            {"unk_token", "<unk>"},
            {"vocab", {{"<pad>", 0}, {"<unk>", 1}, {"<s>", 2}, {"k1", 3}, {"v2", 4}, {";", 5}, {"v2;", 6}}}}},
          {"added_tokens", json::array({{{"id", 0}, {"content", "<pad>"}, {"special", true}},
                                        {{"id", 2}, {"content", "<s>"}, {"special", true}}})},
          {"pre_tokenizer", {{"type", split}}}};
}

std::shared_ptr<const Tokenizer> open(const json& file, int size = 7) {
  const TemporaryFolder folder;
  folder.write("tokenizer.json", file.dump());
  return openTokenizer(folder.path(), size);
}

TEST(WordLevel, looksUpEveryWord) {
  const auto tokenizer = open(wordFile("Whitespace"));
  EXPECT_EQ(tokenizer->encode(" k1 v2;\nk1 new <s>"), (Ids{3, 4, 5, 3, 1, 2}));
  EXPECT_EQ(tokenizer->decode(Ids{2, 3, 4, 0}), "k1 v2");
  EXPECT_EQ(tokenizer->padId(), 0);
  EXPECT_EQ(open(wordFile("WhitespaceSplit"))->encode("k1 v2;"), (Ids{3, 6}));
}

TEST(WordLevel, refusesDamagedFiles) {
  EXPECT_THAT(messageOf<Error>([] { (void)open(wordFile("Magic")); }), HasSubstr("pre_tokenizer"));
  EXPECT_THAT(messageOf<Error>([] { (void)open(wordFile("Whitespace"), 6); }), HasSubstr("from 0 to 5"));
  json holes = wordFile("Whitespace");
  holes["model"]["vocab"].erase("k1");
  EXPECT_THAT(messageOf<Error>([&] { (void)open(holes); }), HasSubstr("found no token for id 3"));
}

}  // namespace
}  // namespace headroom
