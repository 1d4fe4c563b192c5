// SPDX-License-Identifier: GPL-3.0-or-later
// What a stopped sweep keeps of masks under way, for data whose tallies hold more than right and wrong.
#include "core/jobs/curve_progress_file.h"

#include <gtest/gtest.h>

#include "core/base/files.h"
#include "core/train/evaluator.h"
#include "tests/core/base/temporary_folder.h"

namespace headroom {
namespace {

constexpr const char* kIdentity = "this curve";

Dataset threeOf(DataKind kind) {
  Dataset data;
  data.kind = kind;
  for (int i = 0; i < 3; ++i) {
    Example example;
    example.ids = {1, 2 + i, 3};
    example.types = {0, 0, 0};
    example.value = 0.25 * i;
    example.label = kind == DataKind::Answers ? i : 0;
    if (kind == DataKind::Answers) example.targets = {1, 1};
    data.examples.push_back(example);
  }
  if (kind == DataKind::Answers) data.questions.resize(3);
  return data;
}

/// One mask of whose two passes one is measured.
CurveProgress halfMeasured(const EvaluationSet& set) {
  CurveProgress progress;
  progress.underWay = {4};
  progress.masks.push_back({set.emptyTally(), 1, 0.5});
  Tally& tally = progress.masks.front().tally;
  tally.examples = 2;
  tally.right = 1;
  tally.judged = 2;
  tally.lossSum = 0.1 + 0.2;
  tally.seen = {1, 1, 0};
  tally.correct = {0, 1, 0};
  return progress;
}

struct CurveProgressFile : testing::Test {
  /// Written and read again; `read` is empty when the file was refused.
  void roundTrip(const CurveProgress& progress, const EvaluationSet& set) {
    writeCurveProgress(path, kIdentity, progress);
    read = readCurveProgress(path, kIdentity, set, 2);
  }
  test::TemporaryFolder folder;
  std::string path = folder.file("run.h5.sweep");
  CurveProgress read;
};

TEST_F(CurveProgressFile, keepsAnswersToQuestions) {
  const Dataset data = threeOf(DataKind::Answers);
  const EvaluationSet set(data, {}, {}, torch::kCPU, 2);
  CurveProgress progress = halfMeasured(set);
  progress.masks.front().tally.answers = {{1.25F, -3, "größe", true}, {0.1F, 0.2F, "", false}, {}};
  roundTrip(progress, set);
  ASSERT_EQ(read.masks.size(), 1);
  EXPECT_EQ(read.underWay, progress.underWay);
  EXPECT_EQ(read.masks.front().passes, 1);
  EXPECT_EQ(read.masks.front().work, 0.5);
  const Tally& tally = read.masks.front().tally;
  EXPECT_EQ(tally.data, &data);
  EXPECT_EQ(tally.lossSum, 0.1 + 0.2);
  EXPECT_EQ(tally.seen, (std::vector<std::uint8_t>{1, 1, 0}));
  ASSERT_EQ(tally.answers.size(), 3);
  EXPECT_EQ(tally.answers[0].text, "größe");
  EXPECT_EQ(tally.answers[0].score, 1.25F);
  EXPECT_EQ(tally.answers[0].none, -3.0F);
  EXPECT_TRUE(tally.answers[0].hasText);
  EXPECT_EQ(tally.answers[1].score, 0.1F);
  EXPECT_FALSE(tally.answers[1].hasText);
}

TEST_F(CurveProgressFile, keepsTheNumbersOfARegression) {
  const Dataset data = threeOf(DataKind::Regression);
  const EvaluationSet set(data, {}, {}, torch::kCPU, 2);
  CurveProgress progress = halfMeasured(set);
  progress.masks.front().tally.values = {1.0 / 3, -5e-324, 0};
  roundTrip(progress, set);
  ASSERT_EQ(read.masks.size(), 1);
  EXPECT_EQ(read.masks.front().tally.values, progress.masks.front().tally.values);
  EXPECT_TRUE(read.masks.front().tally.answers.empty());
}

TEST_F(CurveProgressFile, ofAnotherKindOfDataOrCurveIsNothing) {
  const Dataset questions = threeOf(DataKind::Answers), numbers = threeOf(DataKind::Regression);
  const EvaluationSet asked(questions, {}, {}, torch::kCPU, 2), met(numbers, {}, {}, torch::kCPU, 2);
  writeCurveProgress(path, kIdentity, halfMeasured(asked));
  EXPECT_EQ(readCurveProgress(path, kIdentity, asked, 2).masks.size(), 1);
  EXPECT_TRUE(readCurveProgress(path, kIdentity, met, 2).masks.empty());
  EXPECT_TRUE(readCurveProgress(path, "another curve", asked, 2).masks.empty());
  EXPECT_TRUE(readCurveProgress(path, kIdentity, asked, 0).masks.empty()) << "more passes than there are";
}

}  // namespace
}  // namespace headroom
