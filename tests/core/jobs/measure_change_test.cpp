// SPDX-License-Identifier: GPL-3.0-or-later
// What one mask changes against another, and one element type against float32.
#include "core/jobs/measure_change.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/jobs/type_disagreement.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

struct Change : testing::Test, test::OpenToyClassifier {};

TEST_F(Change, isThePairedDifferenceOfTwoEvaluations) {
  const HeadMask from = keepRandom(layout, 6, 1);
  for (int head = 0; head < layout.headCount(); ++head) {
    HeadMask to = from;
    to.set(head, !to.kept(head));
    std::int64_t partials = 0;
    const MaskChange change = measureChange(workspace, from, to, {}, [&](const MaskChange& part) {
      ++partials;
      EXPECT_FALSE(part.complete);
    });
    EXPECT_GT(partials, 0);
    EXPECT_TRUE(change.complete);
    const EvalResult before = evaluateMask(workspace, {from, false}, {}),
                     after = evaluateMask(workspace, {to, false}, {});
    EXPECT_EQ(change.metric, after.metric);
    EXPECT_NEAR(change.difference.value, after.metric.value - before.metric.value, 1e-12);
    std::int64_t gained = 0, lost = 0;
    for (size_t i = 0; i < before.correct->size(); ++i) {
      gained += (*after.correct)[i] > (*before.correct)[i] ? 1 : 0;
      lost += (*after.correct)[i] < (*before.correct)[i] ? 1 : 0;
    }
    EXPECT_EQ(change.difference.gained, gained);
    EXPECT_EQ(change.difference.lost, lost);
    EXPECT_LE(change.difference.low, change.difference.value);
    EXPECT_GE(change.difference.high, change.difference.value);
  }
}

TEST_F(Change, stopsWithinAMicroBatchAndGoesOnLater) {
  const HeadMask from(layout), to = keepRandom(layout, 11, 1);
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  std::int64_t seen = 0;
  EXPECT_THROW((void)measureChange(workspace, from, to, context,
                                   [&](const MaskChange& part) {
                                     seen = part.metric.examples;
                                     stop.request_stop();
                                   }),
               Cancelled);
  std::vector<std::int64_t> counts;
  EXPECT_TRUE(measureChange(workspace, from, to, {}, [&](const MaskChange& part) {
                counts.push_back(part.metric.examples);
              }).complete);
  EXPECT_EQ(counts.front(), seen);
}

TEST_F(Change, masksOfAnotherModelAreRefused) {
  const HeadLayout other({{{Stack::Encoder, AttentionKind::Self, 0}, 4, 4}});
  EXPECT_THROW((void)measureChange(workspace, HeadMask(layout), HeadMask(other), {}), Error);
}

TEST_F(Change, float32DoesNotDisagreeWithItself) {
  EXPECT_FALSE(measureTypeDisagreement(workspace, HeadMask(layout), {}));
}

TEST_F(Change, bfloat16IsComparedOnTheSameExamplesOnce) {
  setEvaluationType(workspace, "bfloat16");
  const HeadMask mask = keepRandom(layout, 7, 1);
  int batches = 0;
  JobContext context;
  context.progress = [&](const Progress&) { ++batches; };
  const auto found = measureTypeDisagreement(workspace, mask, context);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->dtype, "bfloat16");
  EXPECT_EQ(found->examples, 160) << "fewer than 512 are there";
  EXPECT_EQ(found->predictions, 160);
  EXPECT_GT(found->largestLogitDifference, 0);
  EXPECT_LT(found->largestLogitDifference, 0.1);
  EXPECT_EQ(found->metric, evaluateMask(workspace, {mask, false}, {}).metric);
  const int once = batches;
  EXPECT_TRUE(measureTypeDisagreement(workspace, mask, context));
  EXPECT_EQ(batches, once) << "kept";
  setEvaluationType(workspace, "float32");
  EXPECT_EQ(found->float32, evaluateMask(workspace, {mask, false}, {}).metric);
  EXPECT_THROW(setEvaluationType(workspace, "float8"), Error);
}

TEST_F(Change, noMoreThan512ExamplesAreCompared) {
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 700; ++i) table += i % 2 ? "the film was good\t1\n" : "the film was bad\t0\n";
  Workspace half({"cpu", "bfloat16", 1});
  (void)openModel(half, {files.model}, {});
  (void)openData(half, {"", folder.write("many.tsv", table), {}, {}, 16, 0}, {});
  const auto found = measureTypeDisagreement(half, HeadMask(layout), {});
  EXPECT_LE(found->examples, 512);
  EXPECT_GT(found->examples, 400);
}

}  // namespace
}  // namespace headroom
