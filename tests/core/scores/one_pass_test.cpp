// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/one_pass.h"

#include <gtest/gtest.h>

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
