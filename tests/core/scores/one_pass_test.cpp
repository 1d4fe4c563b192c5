// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/one_pass.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/prune/surgery.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

TEST(OnePass, givesEveryScoreWhatAPassOfItsOwnGives) {
  const ScoredToy toy("bert", 3, 4);
  const ScoreInput input{*toy.model, *toy.set, toy.options, toy.context};
  std::vector<std::unique_ptr<PassScore>> scores;
  for (const auto make : {makeConfidence, makeOutputNorm, makeTaylor, makeGroupTaylor}) scores.push_back(make(input));
  const std::vector<HeadScores> together = inOnePass(input, scores);
  size_t next = 0;
  for (const ScoreFunction alone : {confidenceScores, outputNormScores, taylorScores, groupTaylorScores}) {
    const std::vector<double> expected = toy.score(alone).values, &found = together[next++].values;
    ASSERT_EQ(found.size(), expected.size());
    for (size_t head = 0; head < found.size(); ++head)
      EXPECT_NEAR(found[head], expected[head], 1e-5 * std::max(1.0, std::abs(expected[head])));
  }
  EXPECT_EQ(together.front().costs.forwards, 1);
  EXPECT_EQ(together.front().costs.backwards, 1);
}

TEST(OnePass, judgesModelsWithAnEmptiedBlock) {
  const ScoredToy full("bert", 3, 4);
  HeadMask mask(full.model->layout());
  for (int head = 0; head < 4; ++head) mask.set(HeadId{1, head}, false);
  mask.set(HeadId{0, 2}, false);
  ScoredToy toy("bert", 3, 4);
  toy.model = compact(*full.model, mask);
  const std::vector<double> scores = toy.score(groupTaylorScores).values;
  ASSERT_EQ(scores.size(), 7U);
  toy.options.uniform = false;
  for (const ScoreFunction score : {confidenceScores, outputNormScores, taylorScores, groupTaylorScores})
    for (const double value : toy.score(score).values) EXPECT_TRUE(std::isfinite(value) && value > 0) << value;
}

TEST(OnePass, judgesAnEncoderThatNoHeadReads) {
  test::TranslatingToy toy;
  HeadMask mask(toy.model.layout());
  for (int flat = 0; flat < mask.headCount(); ++flat)
    if (mask.layout().blocks()[static_cast<size_t>(mask.layout().at(flat).block)].id.kind == AttentionKind::Cross)
      mask.set(flat, false);
  const Transformer model = compact(toy.model, mask);
  const int encoder = model.config().stack(Stack::Encoder)->layers * model.layout().headsIn(0);
  const ScoreInput input{model, *toy.set, toy.options, toy.context};
  const std::vector<double> values = taylorScores(input).values;
  for (int head = 0; head < encoder; ++head) EXPECT_EQ(values[static_cast<size_t>(head)], 0) << head;
  EXPECT_TRUE(std::any_of(values.begin(), values.end(), [](double value) { return value != 0; }));
  for (const ScoreFunction score : {relevanceScores, groupTaylorScores}) {
    const std::vector<double> others = score(input).values;
    EXPECT_EQ(others.size(), values.size());
    for (const double value : others) EXPECT_TRUE(std::isfinite(value));
  }
}

TEST(OnePass, judgesAModelWithoutHeads) {
  ScoredToy toy;
  toy.model = compact(*toy.model, HeadMask(toy.model->layout(), false));
  for (const ScoreFunction score :
       {confidenceScores, outputNormScores, taylorScores, groupTaylorScores, relevanceScores})
    EXPECT_TRUE(toy.score(score).values.empty());
}

TEST(OnePass, withoutGradientsGoesForwardOnly) {
  const ScoredToy toy;
  EXPECT_EQ(toy.score(confidenceScores).costs.backwards, 0);
  EXPECT_EQ(toy.score(outputNormScores).costs.backwards, 0);
  EXPECT_EQ(toy.score(taylorScores).costs.backwards, 1);
}

TEST(OnePass, asksNoGradientsOfTheModelsOwnWeights) {
  const ScoredToy toy;
  (void)toy.score(groupTaylorScores);
  for (const Parameters::Entry& entry : toy.model->parameters().entries()) {
    EXPECT_FALSE(entry.tensor.requires_grad()) << entry.spec.canonical;
    EXPECT_FALSE(entry.tensor.grad().defined()) << entry.spec.canonical;
  }
}

}  // namespace
}  // namespace headroom
