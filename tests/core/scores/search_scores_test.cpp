// SPDX-License-Identifier: GPL-3.0-or-later
// The methods that look for one choice of heads, against every choice there is.
#include <gtest/gtest.h>

#include <bit>

#include "core/scores/mask_value.h"
#include "tests/core/model/fixtures.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

HeadMask maskOf(const HeadLayout& layout, unsigned bits) {
  HeadMask mask(layout, false);
  for (int head = 0; head < mask.headCount(); ++head) mask.set(head, (bits >> head & 1U) != 0);
  return mask;
}

/// Losses of all choices of six heads.
std::vector<double> allLosses(const ScoredToy& toy) {
  std::vector<double> losses;
  for (unsigned bits = 0; bits < 64; ++bits)
    losses.push_back(toy.loss(test::gatesOf(maskOf(toy.model->layout(), bits))));
  return losses;
}

TEST(AStarScores, areTheBestChoiceThereIsWhenTheBeamHoldsAll) {
  ScoredToy toy;
  toy.options.beam = 64;
  const std::vector<double> losses = allLosses(toy);
  for (int keep = 0; keep <= 6; ++keep) {
    double best = std::numeric_limits<double>::infinity();
    for (unsigned bits = 0; bits < 64; ++bits)
      if (std::popcount(bits) == keep) best = std::min(best, losses[bits]);
    const HeadMask found = keepTop(toy.model->layout(), toy.score(aStarScores, keep).values, keep);
    EXPECT_NEAR(toy.loss(test::gatesOf(found)), best, 1e-6) << keep;
  }
}

TEST(AStarScores, removeAsManyAsMayBeForEveryLossAllowed) {
  ScoredToy toy;
  toy.options.beam = 64;
  const std::vector<double> losses = allLosses(toy);
  for (const double lost : {0.0, 0.01, 0.05, 0.2, 1.0}) {
    toy.options.lost = lost;
    int fewest = 6;
    for (unsigned bits = 0; bits < 64; ++bits)
      if (losses[bits] - losses[63] <= lost) fewest = std::min(fewest, std::popcount(bits));
    const HeadScores found = toy.score(aStarScores, -1);
    const HeadMask& mask = found.front.at(0).mask;
    EXPECT_EQ(mask.keptCount(), fewest) << lost;
    double best = std::numeric_limits<double>::infinity();  // of all choices of as few
    for (unsigned bits = 0; bits < 64; ++bits)
      if (std::popcount(bits) == fewest) best = std::min(best, losses[bits]);
    EXPECT_NEAR(toy.loss(test::gatesOf(mask)), best, 1e-6) << lost;
    EXPECT_LE(toy.loss(test::gatesOf(mask)) - losses[63], lost + 1e-6);
  }
}

TEST(AStarScores, keepAtMostTheBeamAndLoseNoMoreThanWhatGreedyDoesOnTheToy) {
  ScoredToy toy("bert", 3, 4);
  const std::vector<double> greedy = toy.score(greedyScores).values;
  for (const int keep : {3, 6, 9}) {
    toy.options.beam = 4;
    const HeadScores found = toy.score(aStarScores, keep);
    const double ours = toy.loss(test::gatesOf(keepTop(toy.model->layout(), found.values, keep)));
    EXPECT_LE(ours, toy.loss(test::gatesOf(keepTop(toy.model->layout(), greedy, keep))) + 1e-6);
  }
}

Dataset flippedLabels(Dataset data) {
  for (Example& example : data.examples) example.label = 1 - example.label;
  return data;
}

TEST(MaskValues, areOfTheChoiceExamplesWhereThereAreAny) {
  ScoredToy toy;
  const Dataset other = flippedLabels(toy.data);
  const EvaluationSet choice(other, toy.config, BatchSettings{}, torch::kCPU, 5);
  const HeadMask mask = maskOf(toy.model->layout(), 21);
  const auto valueOf = [&](const ScoreInput& input) { return MaskValues(input, "trying").of({mask}).front(); };
  const double judged = valueOf({*toy.model, *toy.set, toy.options, toy.context}),
               chosen = valueOf({*toy.model, choice, toy.options, toy.context});
  EXPECT_NE(judged, chosen);
  EXPECT_EQ(valueOf({*toy.model, *toy.set, toy.options, toy.context, -1, "head", &choice}), chosen);
}

TEST(EvolutionaryScores, takeTaylorsOrderFromTheExamplesThatHeadsAreJudgedOn) {
  ScoredToy toy("bert", 4, 6);
  toy.options.population = 2;  // Taylor's own choices
  toy.options.generations = 0;
  const Dataset other = flippedLabels(toy.data);
  const EvaluationSet choice(other, toy.config, BatchSettings{}, torch::kCPU, 5);
  const std::vector<double> judged = toy.score(taylorScores).values,
                            chosen = taylorScores({*toy.model, choice, toy.options, toy.context}).values;
  int differences = 0;
  for (int keep = 1; keep < 24; ++keep) {
    const HeadScores found =
        evolutionaryScores({*toy.model, *toy.set, toy.options, toy.context, keep, "head", &choice});
    const HeadMask byTaylor = keepTop(toy.model->layout(), judged, keep);
    EXPECT_EQ(keepTop(toy.model->layout(), found.values, keep), byTaylor) << keep;
    if (keepTop(toy.model->layout(), chosen, keep) != byTaylor) ++differences;
  }
  EXPECT_GT(differences, 0) << "else nothing is tested";
}

TEST(EvolutionaryScores, frontIsBeatenByNoneOfItsOwnOnReevaluation) {
  ScoredToy toy("bert", 3, 4);
  const HeadScores found = toy.score(evolutionaryScores, 5);
  ASSERT_GE(found.front.size(), 3U);
  for (size_t i = 0; i < found.front.size(); ++i) {
    EXPECT_NEAR(-toy.loss(test::gatesOf(found.front[i].mask)), found.front[i].value, 1e-5);
    if (i == 0) continue;
    EXPECT_LT(found.front[i].mask.keptCount(), found.front[i - 1].mask.keptCount());
    EXPECT_LT(found.front[i].value, found.front[i - 1].value);
  }
}

TEST(EvolutionaryScores, sameSeedFindsTheSameAndKHeads) {
  ScoredToy toy("bert", 3, 4);
  const HeadScores first = toy.score(evolutionaryScores, 5), second = toy.score(evolutionaryScores, 5);
  EXPECT_EQ(first.values, second.values);
  EXPECT_EQ(first.front.size(), second.front.size());
  EXPECT_EQ(keepTop(toy.model->layout(), first.values, 5), keepTop(toy.model->layout(), second.values, 5));
  double kept = 0;
  for (const double value : first.values) kept += value;
  EXPECT_EQ(kept, 5);
}

TEST(EvolutionaryScores, loseNoMoreThanTaylorsOwnChoice) {
  ScoredToy toy("bert", 3, 4);
  const std::vector<double> taylor = toy.score(taylorScores).values;
  for (const int keep : {0, 4, 8, 12}) {
    const HeadMask bred = keepTop(toy.model->layout(), toy.score(evolutionaryScores, keep).values, keep);
    EXPECT_LE(toy.loss(test::gatesOf(bred)),
              toy.loss(test::gatesOf(keepTop(toy.model->layout(), taylor, keep))) + 1e-6);
  }
}

}  // namespace
}  // namespace headroom
