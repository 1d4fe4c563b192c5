// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "core/base/error.h"
#include "core/base/files.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

using test::messageOf;
using test::TemporaryFolder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class DatasetFile : public testing::Test {
 protected:
  DatasetFile() {
    m_folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\ngood\nbad\n\"\n,\nfilm\n");
    m_tokenizer = openTokenizer(m_folder.path(), 9);
  }
  Dataset open(const std::string& name, const std::string& content, DatasetRequest request = {}) {
    request.path = m_folder.write(name, content);
    return openDataset(request, *m_tokenizer);
  }
  std::string whyRefused(const std::string& name, const std::string& content, const DatasetRequest& request = {}) {
    return messageOf<Error>([&] { (void)open(name, content, request); });
  }
  static DatasetRequest withLabels(std::vector<std::string> names, bool mayRename = true) {
    DatasetRequest request;
    request.labelNames = std::move(names);
    request.mayRename = mayRename;
    return request;
  }
  static std::vector<int> classes(const Dataset& data) {
    std::vector<int> out;
    for (const Example& example : data.examples) out.push_back(example.label);
    return out;
  }

  TemporaryFolder m_folder;
  std::shared_ptr<const Tokenizer> m_tokenizer;
};

TEST_F(DatasetFile, readsTsvWithQuotesAsData) {
  const Dataset data = open("a.tsv", "sentence\tlabel\n\"good film\t1\nbad, \"film\"\t0\n");
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.examples[0].text, "\"good film");
  EXPECT_EQ(data.examples[0].ids, (std::vector<int>{2, 6, 4, 8, 3}));
  EXPECT_EQ(data.examples[1].line, 3);
  EXPECT_EQ(classes(data), (std::vector<int>{1, 0}));
  EXPECT_EQ(data.summary.format, "TSV");
  EXPECT_THAT(data.summary.textColumns, ElementsAre("sentence"));
  EXPECT_EQ(data.summary.labelColumn, "label");
  EXPECT_EQ(data.summary.rows, 2);
  EXPECT_EQ(data.summary.examples, 2);
  EXPECT_THAT(data.summary.labelCounts, ElementsAre(1, 1));
  EXPECT_EQ(data.summary.longest, 7);
  EXPECT_DOUBLE_EQ(data.summary.meanLength, 6.0);
  EXPECT_EQ(data.summary.sha256, sha256OfFile(data.summary.path));
  EXPECT_THAT(data.summary.skipped, IsEmpty());
}

TEST_F(DatasetFile, readsCsvWithQuotedCommasLinesAndDoubledQuotes) {
  const Dataset data =
      open("a.csv", "review,sentiment\r\n\"good, \"\"film\"\"\nbad\",positive\r\nbad film,negative\r\n");
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.examples[0].text, "good, \"film\"\nbad");
  EXPECT_EQ(data.examples[1].line, 4);
  EXPECT_THAT(data.labels, ElementsAre("negative", "positive"));
  EXPECT_EQ(classes(data), (std::vector<int>{1, 0}));
}

TEST_F(DatasetFile, readsSemicolonCsv) {
  EXPECT_EQ(open("a.csv", "text;label\ngood, film;1\n").examples[0].text, "good, film");
}

TEST_F(DatasetFile, readsJsonLinesWithPairsAndEveryKindOfLabel) {
  const Dataset data = open("a.jsonl",
                            "{\"premise\": \"good\", \"hypothesis\": \"bad\", \"label\": 1}\n"
                            "{\"label\": 0.0, \"hypothesis\": \"film\", \"premise\": \"caf\\u00e9\"}\n"
                            "{\"premise\": \"good\", \"hypothesis\": \"bad\", \"label\": true}\n"
                            "{\"premise\": \"good\", \"hypothesis\": \"bad\", \"label\": null}\n"
                            "{\"premise\": \"good\", \"hypothesis\": null, \"label\": 1}\n"
                            "[1]\nnot json\n{\"premise\": \"good\"}\n");
  EXPECT_EQ(classes(data), (std::vector<int>{1, 0, 1}));
  EXPECT_EQ(data.examples[0].types, (std::vector<int>{0, 0, 0, 1, 1}));
  EXPECT_EQ(data.examples[1].text, "caf\u00e9");
  EXPECT_EQ(data.summary.format, "JSON lines");
  EXPECT_THAT(data.summary.skipped, UnorderedElementsAre(Pair("label is missing", 2), Pair("text is empty", 1),
                                                         Pair("not a JSON object", 2)));
}

TEST_F(DatasetFile, readsColaWithoutHeader) {
  const Dataset data = open("train.tsv", "gj04\t1\t\tgood film\ngj04\t0\t*\tfilm good\n");
  EXPECT_EQ(data.examples[0].text, "good film");
  EXPECT_EQ(data.examples[0].line, 1);
  EXPECT_EQ(classes(data), (std::vector<int>{1, 0}));
  EXPECT_THAT(data.summary.textColumns, ElementsAre("sentence"));
}

TEST_F(DatasetFile, readsMrpcWithByteOrderMarkAndWindowsLineEnds) {
  const Dataset data =
      open("msr.tsv", "\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t70\t71\t\"good film\tbad\r\n");
  EXPECT_EQ(data.examples[0].second, "bad");
  EXPECT_EQ(data.summary.labelColumn, "Quality");
  EXPECT_EQ(classes(data), (std::vector<int>{1}));
}

TEST_F(DatasetFile, countsQqpsShortRowsAndEveryOtherSkippedRow) {
  const Dataset data = open("train.tsv",
                            "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n"
                            "1\t2\t3\tgood\tbad\t1\n"
                            "4\t5\t6\tgood\n"
                            "1\t2\t3\tgood\tbad\t1\textra\n"
                            "1\t2\t3\tgood\tbad\t-1\n"
                            "1\t2\t3\tgood\tbad\t\n"
                            "1\t2\t3\t \tbad\t0\n"
                            "1\t2\t3\tcaf\xE9\tbad\t0\n"
                            "\n");
  EXPECT_EQ(data.summary.examples, 1);
  EXPECT_EQ(data.summary.rows, 8);
  EXPECT_THAT(data.summary.skipped,
              UnorderedElementsAre(Pair("too few columns", 1), Pair("too many columns", 1),
                                   Pair("label is -1 (not labelled)", 1), Pair("label is missing", 1),
                                   Pair("text is empty", 1), Pair("not UTF-8", 1), Pair("line is empty", 1)));
}

TEST_F(DatasetFile, skipsMnliRowsWithoutAgreement) {
  const Dataset data = open("dev.tsv",
                            "index\tpromptID\tgenre\tsentence1\tsentence2\tlabel1\tgold_label\n"
                            "0\t1\tx\tgood\tbad\tneutral\tneutral\n1\t1\tx\tgood\tbad\tneutral\t-\n",
                            withLabels({"contradiction", "entailment", "neutral"}));
  EXPECT_EQ(classes(data), (std::vector<int>{2}));
  EXPECT_THAT(data.summary.skipped, ElementsAre(Pair("label is - (annotators disagreed)", 1)));
}

TEST_F(DatasetFile, readsTwoColumnsWithoutHeader) {
  EXPECT_EQ(classes(open("a.tsv", "good film\t1\nbad film\t0\n")), (std::vector<int>{1, 0}));
  const Dataset first = open("b.tsv", "1\tgood film\n0\tbad film\n");
  EXPECT_EQ(first.examples[1].text, "bad film");
  EXPECT_THAT(first.summary.textColumns, ElementsAre("column 2"));
}

TEST_F(DatasetFile, takesNamedColumns) {
  DatasetRequest request;
  request.textColumns = {"b", "a"};
  request.labelColumn = "y";
  const Dataset data = open("a.tsv", "a\tb\ty\tlabel\ngood\tbad\t1\t0\n", request);
  EXPECT_EQ(data.examples[0].text, "bad");
  EXPECT_EQ(data.examples[0].second, "good");
  EXPECT_EQ(classes(data), (std::vector<int>{1}));
  request.labelColumn = "z";
  EXPECT_THAT(whyRefused("a.tsv", "a\tb\ty\ngood\tbad\t1\n", request),
              HasSubstr("column z: found only the columns a, b, y"));
}

TEST_F(DatasetFile, guessesTheOnlyColumnLeft) {
  EXPECT_THAT(open("a.tsv", "id\tutt\tlabel\n7\tgood\t1\n").summary.textColumns, ElementsAre("utt"));
  EXPECT_EQ(open("a.tsv", "sentence\tmood\ngood\t1\n").summary.labelColumn, "mood");
}

TEST_F(DatasetFile, refusesColumnsThatCannotBeGuessed) {
  EXPECT_THAT(whyRefused("a.tsv", "index\tsentence\n0\tgood\n"),
              AllOf(HasSubstr("index, sentence"), HasSubstr("label column")));
  EXPECT_THAT(whyRefused("a.tsv", "a\tb\tlabel\ngood\tbad\t1\n"), HasSubstr("text column"));
}

TEST_F(DatasetFile, errorsStayOneLineWhenNamesHoldLineEnds) {
  const std::string message = whyRefused("a.csv", "\"a\nb\",\"c\nd\",e\n1,2,3\n");
  EXPECT_THAT(message, AllOf(HasSubstr("a b, c d, e"), testing::Not(HasSubstr("\n"))));
}

TEST_F(DatasetFile, mapsLabelsByTheModelsNamesInAnyCase) {
  const std::string rows = "text\tlabel\ngood\tpositive\nbad\tnegative\n";
  EXPECT_EQ(classes(open("a.tsv", rows, withLabels({"NEGATIVE", "POSITIVE"}))), (std::vector<int>{1, 0}));
  EXPECT_EQ(classes(open("a.tsv", "text\tlabel\ngood\t5\nbad\t1\n", withLabels({"1", "5"}))), (std::vector<int>{1, 0}));
  const Dataset renamed = open("a.tsv", rows, withLabels({"LABEL_0", "LABEL_1"}));
  EXPECT_THAT(renamed.labels, ElementsAre("negative", "positive"));
  EXPECT_EQ(classes(renamed), (std::vector<int>{1, 0}));
}

TEST_F(DatasetFile, aDevFileMustHaveTheTrainFilesLabels) {
  const std::string message =
      whyRefused("dev.tsv", "text\tlabel\ngood\tneg\nbad\tpos\n", withLabels({"negative", "positive"}, false));
  EXPECT_THAT(message, AllOf(HasSubstr("line 2: column label: found label neg"), HasSubstr("negative, positive")));
}

TEST_F(DatasetFile, aLabelOutOfRangeNamesFileLineAndRange) {
  const std::string message = whyRefused("a.tsv", "text\tlabel\ngood\t1\nbad\t2\n", withLabels({"no", "yes"}));
  EXPECT_THAT(message, AllOf(HasSubstr("a.tsv: line 3: column label: found label 2"), HasSubstr("from 0 to 1"),
                             HasSubstr("the model has 2 labels: no, yes")));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\t-3\n"), HasSubstr("found label -3"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\t2000000000\n"), HasSubstr("found label 2000000000"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\t2.5\n"), HasSubstr("found label 2.5"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\tmaybe\nbad\tno\n", withLabels({"no", "yes"})),
              HasSubstr("line 2: column label: found label maybe"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\ta\ngood\tb\ngood\tc\n", withLabels({"no", "yes"})),
              HasSubstr("found 3 different labels (a, b, c), expected 2 (no, yes)"));
}

TEST_F(DatasetFile, limitsExamplesByAFixedRandomChoice) {
  std::string rows = "text\tlabel\n";
  for (int i = 0; i < 400; ++i) rows += i < 200 ? "bad\t0\n" : "good\t1\n";  // sorted by label
  DatasetRequest request;
  request.maxExamples = 100;
  const Dataset data = open("a.tsv", rows, request), again = open("a.tsv", rows, request);
  EXPECT_EQ(data.examples.size(), 100u);
  EXPECT_GT(data.summary.labelCounts[1], 30);
  EXPECT_THAT(data.summary.skipped, ElementsAre(Pair("beyond the limit of 100 examples", 300)));
  for (size_t i = 0; i < 100; ++i) EXPECT_EQ(data.examples[i].line, again.examples[i].line);
  EXPECT_LT(data.examples[0].line, data.examples[99].line);
}

TEST_F(DatasetFile, countsTruncatedExamples) {
  DatasetRequest request;
  request.maxLength = 4;
  const Dataset data = open("a.tsv", "text\tlabel\ngood bad film\t1\ngood\t0\n", request);
  EXPECT_EQ(data.summary.truncated, 1);
  EXPECT_EQ(data.summary.longest, 4);
}

TEST_F(DatasetFile, refusesWhatIsNoTable) {
  EXPECT_THAT(whyRefused("a.tsv", ""), HasSubstr("empty file"));
  EXPECT_THAT(whyRefused("a.tsv", " \n\r\n"), HasSubstr("empty file"));
  EXPECT_THAT(whyRefused("a.tsv", std::string("text\tlabel\ngo\0od\t1\n", 19)), HasSubstr("line 2: found binary data"));
  EXPECT_THAT(whyRefused("a.tsv", "\x89PNG\r\n\x1A\n\xB7\xC8\xD9"), HasSubstr("not UTF-8"));
  EXPECT_THAT(whyRefused("a.tsv", "\xFF\xFEt"), HasSubstr("UTF-16"));
  EXPECT_THAT(whyRefused("a.json", "[{\"text\": \"good\", \"label\": 1}]"), HasSubstr("one object a line"));
  EXPECT_THAT(whyRefused("a.jsonl", "good\nbad\n"), HasSubstr("no JSON object"));
  EXPECT_THAT(whyRefused("a.csv", "text,label\n\"good,1\nbad,0\n"),
              HasSubstr("line 2: found a quote that is never closed"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\n"), HasSubstr("found 0 rows"));
  EXPECT_THAT(whyRefused("a.tsv", "text\tlabel\ngood\t-1\n"), HasSubstr("label is -1 (not labelled): 1"));
  EXPECT_THAT(messageOf<Error>([&] {
                DatasetRequest request;
                request.path = m_folder.file("missing.tsv");
                (void)openDataset(request, *m_tokenizer);
              }),
              HasSubstr("No such file"));
}

TEST_F(DatasetFile, survivesDeeplyNestedJson) {
  const std::string deep = "{\"text\": \"good\", \"label\": 1}\n{\"text\": " + std::string(200000, '[') +
                           "\n{\"text\": " + std::string(100000, '[') + std::string(100000, ']') + "}\n";
  const Dataset data = open("a.jsonl", deep);
  EXPECT_EQ(data.examples.size(), 1u);
  EXPECT_THAT(data.summary.skipped, ElementsAre(Pair("JSON nested deeper than 32 levels", 2)));
}

TEST_F(DatasetFile, stopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  JobContext context;
  context.stop = stop.get_token();
  DatasetRequest request;
  request.path = m_folder.write("a.tsv", "text\tlabel\ngood\t1\n");
  EXPECT_THROW((void)openDataset(request, *m_tokenizer, context), Cancelled);
}

TEST_F(DatasetFile, readsStsbsScoresAsValues) {
  DatasetRequest request;
  request.regression = true;
  const Dataset data = open("a.tsv",
                            "index\tsentence1\tsentence2\tscore\n0\tgood\tgood\t5.000\n1\tgood\tbad\t-1\n"
                            "2\tbad\tgood\tmuch\n3\tbad\tgood\tnan\n",
                            request);
  ASSERT_EQ(data.kind, DataKind::Regression);
  ASSERT_EQ(data.examples.size(), 2u);
  EXPECT_EQ(data.examples[0].value, 5);
  EXPECT_EQ(data.examples[1].value, -1);
  EXPECT_THAT(data.labels, IsEmpty());
  EXPECT_EQ(data.summary.skipped.at("label is no number"), 2);
  EXPECT_THAT(whyRefused("b.tsv", "sentence\tlabel\ngood\tx\n", request), HasSubstr("none of them usable"));
}

}  // namespace
}  // namespace headroom
