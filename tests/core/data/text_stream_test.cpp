// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/text_stream.h"

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

Dataset stream(const std::string& text, int length, int stride = 0, bool first = false) {
  const TemporaryFolder folder;
  const std::string path = folder.write("text.txt", text);
  return openTextStream({.path = path, .maxLength = length, .stride = stride}, *wordTokens(first));
}

TEST(TextStream, everyTokenButTheFirstIsATargetOnce) {
  const Dataset data = stream("a b c\nd e a b", 3);  // and </s>
  ASSERT_EQ(data.kind, DataKind::TextStream);
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0].ids, (Ids{3, 4, 5}));
  EXPECT_EQ(data.examples[0].targets, (Ids{4, 5, 6}));
  EXPECT_EQ(data.examples[1].ids, (Ids{6, 7, 3}));
  EXPECT_EQ(data.examples[1].targets, (Ids{7, 3, 4}));
  EXPECT_EQ(data.examples[2].ids, (Ids{4}));
  EXPECT_EQ(data.examples[2].targets, (Ids{2}));
  EXPECT_EQ(data.summary.rows, 2);
  EXPECT_EQ(data.summary.longest, 3);
}

TEST(TextStream, overlapIsContextThatIsJudgedNoSecondTime) {
  const Dataset data = stream("a b c d e a b", 4, 2);
  ASSERT_EQ(data.examples.size(), 3u);
  EXPECT_EQ(data.examples[0].targets, (Ids{4, 5, 6, 7}));
  EXPECT_EQ(data.examples[1].ids, (Ids{5, 6, 7, 3}));
  EXPECT_EQ(data.examples[1].targets, (Ids{kNoTarget, kNoTarget, 3, 4}));
  EXPECT_EQ(data.examples[2].ids, (Ids{7, 3, 4}));
  EXPECT_EQ(data.examples[2].targets, (Ids{kNoTarget, kNoTarget, 2}));
}

TEST(TextStream, documentsEndAtTheirMarkAndBeginAnew) {
  const Dataset data = stream("a b\n<|endoftext|>\nc\n<|endoftext|>\n", 9, 0, true);
  ASSERT_EQ(data.examples.size(), 1u);
  EXPECT_EQ(data.examples[0].ids, (Ids{8, 3, 4, 8}));
  EXPECT_EQ(data.examples[0].targets, (Ids{3, 4, 8, 5}));
}

TEST(TextStream, aChoiceOfWindowsIsFixed) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a b c d e ";
  const std::string path = folder.write("text.txt", text);
  const TextStreamRequest request{.path = path, .maxLength = 8, .stride = 0, .maxExamples = 10};
  const Dataset one = openTextStream(request, *wordTokens()), other = openTextStream(request, *wordTokens());
  ASSERT_EQ(one.examples.size(), 10u);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(one.examples[i].ids, other.examples[i].ids);
  EXPECT_EQ(one.summary.skipped.begin()->second, 53);
}

TEST(TextStream, refusesTextsThatAreTooShortOrNotUtf8AndBadStrides) {
  EXPECT_THAT(messageOf<Error>([] { (void)stream("", 4); }),
              HasSubstr("found 1 tokens, expected a text of at least two"));
  EXPECT_THAT(messageOf<Error>([] { (void)stream("a\nb\xFF", 4); }),
              HasSubstr("line 2: found bytes that are not UTF-8"));
  EXPECT_THAT(messageOf<Error>([] { (void)stream("a b", 4, 5); }),
              AllOf(HasSubstr("stride of 5"), HasSubstr("from 1 to the length")));
  EXPECT_THAT(messageOf<Error>([] { (void)stream("a b", 0); }), HasSubstr("length of 0"));
}

TEST(CausalBatch, padsIdsAndTargetsAtTheEndOfRows) {
  const Dataset data = stream("a b c d e a b", 4, 2);
  const CausalBatch batch = makeCausalBatch(data, std::vector<int>{2, 0}, 0);
  EXPECT_EQ(batch.rows, 2);
  EXPECT_EQ(batch.length, 4);
  EXPECT_EQ(batch.ids, (std::vector<std::int64_t>{7, 3, 4, 0, 3, 4, 5, 6}));
  EXPECT_EQ(batch.mask, (std::vector<std::int64_t>{1, 1, 1, 0, 1, 1, 1, 1}));
  EXPECT_EQ(batch.targets, (std::vector<std::int64_t>{-100, -100, 2, -100, 4, 5, 6, 7}));
  EXPECT_EQ(batch.judged, 5);
}

}  // namespace
}  // namespace headroom
