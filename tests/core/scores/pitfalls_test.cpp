// SPDX-License-Identifier: GPL-3.0-or-later
// Mistakes that published code makes, of the methods that judge a trained model: each would pass unseen.
#include <gtest/gtest.h>

#include "core/train/confidence.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

std::vector<double> taylorInBatchesOf(int rows, const char* absolute) {
  ScoredToy toy;
  toy.options.absolute = absolute;
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, rows);
  return toy.score(taylorScores).values;
}

TEST(Pitfalls, theBatchSizeCountsWhereAbsoluteValuesAreTakenByBatchOnly) {
  const std::vector<double> small = taylorInBatchesOf(2, "example"), large = taylorInBatchesOf(12, "example");
  for (size_t head = 0; head < small.size(); ++head) EXPECT_NEAR(small[head], large[head], 1e-5);
  const std::vector<double> few = taylorInBatchesOf(2, "batch"), many = taylorInBatchesOf(12, "batch");
  double apart = 0;
  for (size_t head = 0; head < few.size(); ++head) apart = std::max(apart, std::abs(few[head] - many[head]));
  EXPECT_GT(apart, 1e-3);
}

TEST(Pitfalls, gradientsDoNotRunOnFromOneBatchToTheNext) {
  // Every batch twice: what is measured is a mean or a sum over batches, so that only its scale may change. Gradients
  // that are never zeroed grow from batch to batch.
  for (const ScoreFunction score : {taylorScores, groupTaylorScores}) {
    ScoredToy once;
    once.set.emplace(once.data, once.config, BatchSettings{}, torch::kCPU, 1);
    const std::vector<double> single = once.score(score).values;
    const size_t count = once.data.examples.size();
    for (size_t i = 0; i < count; ++i) once.data.examples.push_back(once.data.examples[i]);
    once.set.emplace(once.data, once.config, BatchSettings{}, torch::kCPU, 1);
    const std::vector<double> twice = once.score(score).values;
    const double scale = twice.front() / single.front();
    EXPECT_TRUE(std::abs(scale - 1) < 1e-4 || std::abs(scale - 2) < 1e-4) << scale;
    for (size_t head = 0; head < single.size(); ++head)
      EXPECT_NEAR(twice[head], scale * single[head], 1e-4 * std::abs(twice[head]));
  }
}

TEST(Pitfalls, magnitudesOfGradientsDoNotTellHarmfulFromUseful) {
  ScoredToy toy;
  toy.options.absolute = "none";
  const std::vector<double> sign = toy.score(taylorScores).values;
  toy.options.absolute = "batch";
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, static_cast<int>(toy.data.examples.size()));
  const std::vector<double> size = toy.score(taylorScores).values;
  bool harmful = false;
  for (size_t head = 0; head < sign.size(); ++head) {
    EXPECT_NEAR(size[head], std::abs(sign[head]), 1e-5);
    harmful |= sign[head] < 0;
  }
  EXPECT_TRUE(harmful) << "the toy has no head that does harm";
}

TEST(Pitfalls, rawScoresCanBeNegativeAndCountPadding) {
  torch::Tensor scores = torch::full({1, 1, 3, 3}, -2.0);
  EXPECT_LT(rawConfidence(scores).front(), 0);
  torch::Tensor padded = scores.clone();
  padded.select(3, 2).fill_(9);  // what padding happens to score
  EXPECT_NEAR(rawConfidence(padded).front(), 9, 1e-6);
  torch::Tensor content = torch::ones({1, 3});
  content.select(1, 2).zero_();
  const torch::Tensor maps = torch::softmax(scores, -1);
  EXPECT_NEAR(attentionConfidence(maps, content, content).front(), 1.0 / 3, 1e-6);
}

TEST(Pitfalls, kindsOfAttentionAreComparableOnlyWhenBlocksAreNormalised) {
  test::TranslatingToy toy;
  const HeadLayout& layout = toy.model.layout();
  const auto isDecoderSelf = [&](int block) {
    const BlockId& id = layout.blocks()[static_cast<size_t>(block)].id;
    return id.stack == Stack::Decoder && id.kind == AttentionKind::Self;
  };
  {
    const torch::NoGradGuard noGrad;
    for (int block = 0; block < layout.blockCount(); ++block)
      if (isDecoderSelf(block)) toy.model.attention(block).output.weight.mul_(1e-5);
  }
  // Of six heads in each of the three kinds, twelve are kept.
  const auto keptOfDecoderSelf = [&](bool normalise) {
    toy.options.normalise = normalise;
    const HeadMask mask = keepTop(layout, taylorScores({toy.model, *toy.set, toy.options, toy.context}).values, 12);
    int kept = 0;
    for (int block = 0; block < layout.blockCount(); ++block) kept += isDecoderSelf(block) ? mask.keptIn(block) : 0;
    return kept;
  };
  ASSERT_EQ(layout.headCount(), 18);
  EXPECT_EQ(keptOfDecoderSelf(false), 0) << "the kind of the smallest scores is all that goes";
  EXPECT_GT(keptOfDecoderSelf(true), 0);
}

TEST(Pitfalls, methodsThatTakeTheSameShareOfEveryLayerEmptyNoneHoweverUselessItIs) {
  ScoredToy toy("bert", 3, 4);
  {
    const torch::NoGradGuard noGrad;
    toy.model->attention(2).output.weight.mul_(1e-6);
  }
  const HeadMask even = keepTop(toy.model->layout(), toy.score(groupTaylorScores).values, 6);
  for (int block = 0; block < 3; ++block) EXPECT_EQ(even.keptIn(block), 2) << block;
  toy.options.uniform = false;
  const HeadMask free = keepTop(toy.model->layout(), toy.score(groupTaylorScores).values, 6);
  EXPECT_EQ(free.keptIn(2), 0);
}

TEST(Pitfalls, aMetricOfFewExamplesGoesInStepsSoSearchesLookAtTheLoss) {
  ScoredToy toy;
  EXPECT_EQ(toy.options.value, "loss");
  const double count = static_cast<double>(toy.data.examples.size());
  toy.options.value = "metric";
  for (const double score : toy.score(leaveOneOutScores).values)
    EXPECT_NEAR(score * count, std::round(score * count), 1e-9);
  toy.options.value = "loss";
  bool between = false;
  for (const double score : toy.score(leaveOneOutScores).values)
    between |= std::abs(score * count - std::round(score * count)) > 1e-6;
  EXPECT_TRUE(between);
}

}  // namespace
}  // namespace headroom
