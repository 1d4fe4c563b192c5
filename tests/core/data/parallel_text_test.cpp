// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/parallel_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/data/task_batches.h"
#include "tests/core/data/word_tokens.h"

namespace headroom {
namespace {

using test::messageOf;
using test::TemporaryFolder;
using test::wordTokens;
using testing::AllOf;
using testing::HasSubstr;
using Ids = std::vector<int>;

class ParallelText : public testing::Test {
 protected:
  [[nodiscard]] Dataset twoFiles(const std::string& source, const std::string& target, int targetLength = 99) const {
    return openParallelText({.sourcePath = m_folder.write("text.de", source),
                             .targetPath = m_folder.write("text.en", target),
                             .columns = {},
                             .maxTargetLength = targetLength},
                            *wordTokens());
  }
  [[nodiscard]] Dataset table(const std::string& name, const std::string& content,
                              const std::vector<std::string>& columns = {}) const {
    return openParallelText({.sourcePath = m_folder.write(name, content), .targetPath = "", .columns = columns},
                            *wordTokens());
  }
  TemporaryFolder m_folder;
};

TEST_F(ParallelText, pairsTheLinesOfTwoFiles) {
  const Dataset data = twoFiles("a b\r\nc\n\nd\n", "b a\nc\ne\nd");
  ASSERT_EQ(data.kind, DataKind::ParallelText);
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0].ids, (Ids{3, 4, 2}));
  EXPECT_EQ(data.examples[0].targets, (Ids{4, 3, 2}));
  EXPECT_EQ(data.examples[0].text, "a b");
  EXPECT_EQ(data.examples[0].second, "b a");
  EXPECT_EQ(data.examples[2].line, 4);
  EXPECT_EQ(data.summary.rows, 4);
  EXPECT_EQ(data.summary.skipped.at("text is empty"), 1);
}

TEST_F(ParallelText, unequalNumbersOfLinesAreOneErrorWithBothNumbers) {
  EXPECT_THAT(messageOf<Error>([this] { (void)twoFiles("a\nb\nc\n", "a\nb\n"); }),
              AllOf(HasSubstr("text.en: found 2 lines, expected 3 as "), HasSubstr("text.de")));
}

TEST_F(ParallelText, readsTablesOfTwoColumns) {
  EXPECT_EQ(table("pairs.tsv", "a b\tb a\nc\td\n").examples.size(), 2u);
  EXPECT_EQ(table("pairs.tsv", "source\ttarget\na b\tb a\n").examples.size(), 1u);
  const Dataset named = table("pairs.tsv", "id\ten\tde\n1\ta\tb\n2\tc\n", {"de", "en"});
  EXPECT_EQ(named.examples[0].ids, (Ids{4, 2}));
  EXPECT_EQ(named.examples[0].targets, (Ids{3, 2}));
  EXPECT_EQ(named.summary.skipped.at("too few columns"), 1);
  EXPECT_EQ(table("pairs.jsonl", "{\"x\": \"a\", \"y\": \"b\"}\n").examples[0].targets, (Ids{4, 2}));
}

TEST_F(ParallelText, refusesFilesWithoutPairs) {
  EXPECT_THAT(messageOf<Error>([this] { (void)twoFiles("\n\n", "\n\n"); }),
              HasSubstr("found 2 pairs, none of them usable"));
  EXPECT_THAT(messageOf<Error>([this] { (void)table("pairs.tsv", "a\nb\n"); }),
              HasSubstr("found one column, expected two"));
  EXPECT_THAT(messageOf<Error>([this] { (void)table("pairs.tsv", "a\tb\n", {"a", "x"}); }), HasSubstr("column x"));
  EXPECT_EQ(twoFiles("a\nb", "a\n\xFF").summary.skipped.at("not UTF-8"), 1);
}

TEST_F(ParallelText, longTargetsAreCutBeforeTheirEnd) {
  const Dataset data = twoFiles("a", "a b c d", 3);
  EXPECT_EQ(data.examples[0].targets, (Ids{3, 4, 2}));
  EXPECT_EQ(data.summary.truncated, 1);
}

TEST_F(ParallelText, batchesShiftTheTargetsBehindTheStartToken) {
  const Dataset data = twoFiles("a b\nc", "b\na b c");
  const TranslationBatch batch = makeTranslationBatch(data, std::vector<int>{0, 1}, 0, 8);
  EXPECT_EQ(batch.length, 3);
  EXPECT_EQ(batch.targetLength, 4);
  EXPECT_EQ(batch.ids, (std::vector<std::int64_t>{3, 4, 2, 5, 2, 0}));
  EXPECT_EQ(batch.mask, (std::vector<std::int64_t>{1, 1, 1, 1, 1, 0}));
  EXPECT_EQ(batch.decoderIds, (std::vector<std::int64_t>{8, 4, 2, 0, 8, 3, 4, 5}));
  EXPECT_EQ(batch.targets, (std::vector<std::int64_t>{4, 2, -100, -100, 3, 4, 5, 2}));
  EXPECT_EQ(batch.judged, 6);
}

}  // namespace
}  // namespace headroom
