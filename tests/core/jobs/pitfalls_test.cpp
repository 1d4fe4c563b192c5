// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons that would flatter a method. Where the pitfalls are tested that every way to choose heads has to know:
//  1 per-layer normalisation      TaylorScores.normalisedOnesHaveOneLengthInEveryBlock
//  2 place of the absolute value  TaylorScores.absoluteValuesGrowTheFinerTheyAreTaken, Pitfalls.theBatchSizeCounts...
//  3 gradients never zeroed       Pitfalls.gradientsDoNotRunOnFromOneBatchToTheNext
//  4 first order, signs           Pitfalls.magnitudesOfGradientsDoNotTell..., TaylorScores.signedOnes..., integrated...
//  5 saturated gates tie          Pitfalls.gatesTieWhereLogAlphaDoesNot
//  6 a penalty that stays, lambda Pitfalls.gatesThatAreAllClippedStillHaveAPenalty, LambdaSchedule.capHolds...,
//                                 Trainer.aPenaltyHoweverLargeDoesNotShortenTheWeightsGradient
//  7 bound of lambda_c            Pitfalls.theConcentratorsWeightIsBoundedWhereABlockIsOpen
//  8 raw scores, sinks            Pitfalls.rawScoresCanBeNegativeAndCountPadding, ContentTokens.areNeither...
//  9 DSP's precision, STE's ties  DspGates.areExactlyKInEveryStep, Pitfalls.straightThroughKeepsK...
// 10 CoFi's survivors, layer gate Pitfalls.aHeadIsDeadThroughItsBlocksGate, measure_gap_test.cpp
// 11 small dev sets               Pitfalls.aMetricOfFewExamplesGoesInSteps..., ShapleyScores.haveNoSureValues...
// 12 searching on what is shown   CompareMethods.whatIsReportedOnIsNotWhatHeadsAreChosenOn, Comparison.saysWhether...
// 13 grouped queries              Pitfalls.oneKeyValueHeadMakesTheBlockOneUnit, grouped_heads_test.cpp
// 14 emptied layers               Surgery.emptiedBlocksStayLegalAndCanBePrunedAgain, EveryFamily.emptiedLayers...
// 15 value biases                 fold_value_bias_test.cpp
// 16 maps and fused attention     Transformer.attentionsPathAndFusedPathAgree
// 17 kinds of attention           Pitfalls.kindsOfAttentionAreComparableOnlyWhenBlocksAreNormalised
// 18 random is a strong control   Pitfalls.randomMasksAreRecoveredLikeAnyMethodsOverAsManySeeds
// 19 masked is not pruned time    Pitfalls.aMaskedPassComputesEveryHeadAndAPrunedOneDoesNot, TimeMasks.times...
// 20 bound to a share of layers   Pitfalls.methodsThatTakeTheSameShare..., ComparisonReport.saysWhichMethodsAreBound...
// 21 prune_heads is gone          Pitfalls.prunedFixturesComeFromATransformersThatPrunes
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/base/files.h"
#include "core/jobs/compare_methods.h"
#include "core/prune/surgery.h"
#include "tests/core/jobs/toy_classifier.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

TEST(Pitfalls, aMaskedPassComputesEveryHeadAndAPrunedOneDoesNot) {
  const Transformer model = test::randomBert({4, 4});
  HeadMask mask(model.layout(), false);
  mask.set(2, true);
  std::int64_t computed = 0;
  ForwardOptions options;
  options.observer = [&computed](int, const torch::Tensor&, const torch::Tensor& maps) { computed += maps.size(1); };
  const ModelInput batch = test::randomBatch(2, 6);
  const Transformer pruned = compact(model, mask);
  const torch::Tensor ofPruned = pruned.forward(batch, options).logits;
  EXPECT_EQ(computed, 1);
  EXPECT_LT(pruned.parameters().count(), model.parameters().count());
  computed = 0;
  options.gates = test::gatesOf(mask);
  const torch::Tensor ofMasked = model.forward(batch, options).logits;
  EXPECT_EQ(computed, 8) << "what is switched off costs as much as before";
  EXPECT_LT(test::largestDifference(ofMasked, ofPruned), 1e-5);
}

TEST(Pitfalls, randomMasksAreRecoveredLikeAnyMethodsOverAsManySeeds) {
  test::OpenToyClassifier toy;
  CompareRequest request;
  request.methods = {"random", "taylor"};
  request.keeps = {6};
  request.seeds = {1, 2, 3};
  request.steps = 4;
  request.batch = 8;
  request.examples = 32;
  request.recover = true;
  request.outPath = toy.folder.file("campaign");
  const Comparison found = compareMethods(toy.workspace, request, {});
  std::set<std::string> randomMasks;
  int recovered = 0;
  for (const CompareCell& cell : found.cells) {
    ASSERT_TRUE(cell.done) << cell.error;
    if (cell.method == "random") randomMasks.insert(cell.mask.hash());
    if (cell.regime != Regime::Recovered) continue;
    ++recovered;
    EXPECT_EQ(cell.trainSteps, 4) << cell.name();
  }
  EXPECT_EQ(recovered, 6) << "three seeds of both";
  EXPECT_GT(randomMasks.size(), 1U) << "every seed has its own";
  int rows = 0;
  for (const CompareRow& row : summarise(found)) {
    if (row.regime != Regime::Recovered) continue;
    ++rows;
    EXPECT_EQ(row.metric.seeds, 3) << row.method;
    EXPECT_LE(row.metric.low, row.metric.mean);
    EXPECT_GE(row.metric.high, row.metric.mean);
    if (row.method == "random") {
      EXPECT_LT(row.overlap, 1) << "how unstable choices are over the seeds stands beside";
    }
    EXPECT_GT(row.chance, 0);
  }
  EXPECT_EQ(rows, 2);
}

TEST(Pitfalls, prunedFixturesComeFromATransformersThatPrunes) {
  // Transformers 5 has no prune_heads: what it wrote would not be pruned.
  const std::string folder = std::string(HEADROOM_FIXTURES) + "/bert_cls_pruned";
  const auto config = nlohmann::json::parse(readTextFile(folder + "/config.json"));
  EXPECT_EQ(config["transformers_version"].get<std::string>().rfind("4.", 0), 0U);
  EXPECT_FALSE(config["pruned_heads"].empty());
}

}  // namespace
}  // namespace headroom
