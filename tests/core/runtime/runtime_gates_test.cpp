// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/runtime_gates.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/base/error.h"
#include "core/prune/surgery.h"
#include "core/runtime/ebert.h"
#include "core/runtime/spatten.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

TEST(Cascade, countsFallAndSumToK) {
  for (const int layers : {1, 2, 6, 12})
    for (const int heads : {1, 4, 12})
      for (int keep = 0; keep <= layers * heads; ++keep) {
        const std::vector<int> counts =
            cascadeCounts(std::vector<int>(static_cast<size_t>(layers), heads), heads, keep);
        EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), keep);
        EXPECT_TRUE(std::is_sorted(counts.rbegin(), counts.rend()));
        EXPECT_LE(counts.front(), heads);
      }
}

TEST(Cascade, countsOfUnevenLayersAreSureToBeAlive) {
  const std::vector<int> counts = cascadeCounts({4, 2, 4, 0, 4}, 4, 7);
  EXPECT_EQ(counts, (std::vector<int>{3, 1, 2, 0, 1}));
}

TEST(Cascade, countsOfAPrunedModelLeaveRoomForWhatLowerLayersClose) {
  EXPECT_EQ(cascadeCounts({1, 4, 3}, 4, 8), (std::vector<int>{1, 4, 3}));  // nothing is closed, nothing dies
  EXPECT_EQ(cascadeCounts({0, 4, 4}, 4, 8), (std::vector<int>{0, 4, 4}));  // an emptied layer closes nothing
  EXPECT_EQ(cascadeCounts({4, 2}, 4, 3), (std::vector<int>{3, 0}));        // the one that dies below may be of the two
  EXPECT_EQ(cascadeCounts({4, 2}, 4, 5), (std::vector<int>{4, 1}));
}

TEST(Cascade, ofAPrunedModelKeepsKForEveryInput) {
  ScoredToy toy("bert", 3, 4);
  HeadMask mask(toy.model->layout());
  for (const int head : {0, 1}) mask.set(HeadId{1, head}, false);
  mask.set(HeadId{2, 3}, false);
  const Transformer small = compact(*toy.model, mask);
  for (int keep = 0; keep <= 9; ++keep) {
    const auto gates = makeCascade(small.config(), keep);
    EXPECT_NEAR(evaluateWithGates(small, *gates, *toy.set, toy.context).meanKept, keep, 1e-9) << keep;
  }
}

TEST(Cascade, liveHeadsNeverGrowWithDepthForAnyInput) {
  const ScoredToy toy("bert", 4, 6);
  const auto gates = makeCascade(toy.config, 12);
  const torch::NoGradGuard noGrad;
  for (const EvaluationBatch& batch : toy.set->batches()) {
    torch::Tensor before;
    double kept = 0;
    (void)forwardWithGates(*toy.model, batch, *gates, false, [&](int, const torch::Tensor& chosen) {
      if (before.defined()) {
        EXPECT_TRUE((chosen <= before).all().item<bool>());
      }
      before = chosen;
      kept += chosen.sum().item<double>();
    });
    EXPECT_EQ(kept, 12.0 * static_cast<double>(batch.examples.size()));
  }
}

/// The sums of |output| by hand, on two layers.
TEST(Cascade, keepsTheLargestSumsOfOutputs) {
  const ScoredToy toy("bert", 2, 3, 1);
  const auto gates = makeCascade(toy.config, 3);  // two in the first layer, one in the second
  ASSERT_EQ(cascadeCounts({3, 3}, 3, 3), (std::vector<int>{2, 1}));
  const torch::NoGradGuard noGrad;
  const EvaluationBatch& batch = toy.set->batches().front();
  std::vector<torch::Tensor> chosen, sizes;
  (void)forwardWithGates(*toy.model, batch, *gates, false,
                         [&](int, const torch::Tensor& each) { chosen.push_back(each[0]); });
  ForwardOptions options;
  options.outputs = [&](int block, const torch::Tensor& outputs) {
    sizes.push_back(outputs[0].abs().sum(torch::IntArrayRef({1, 2})));
    return outputs * chosen[static_cast<size_t>(block)].view({1, -1, 1, 1});
  };
  (void)toy.model->forward(batch.input, options);
  EXPECT_EQ(chosen[0][sizes[0].argmin()].item<float>(), 0);
  const torch::Tensor both = (sizes[0] + sizes[1]) * chosen[0];
  EXPECT_EQ(chosen[1][both.argmax()].item<float>(), 1);
}

TEST(Cascade, withAllHeadsIsTheModelItself) {
  const ScoredToy toy("bert", 3, 4);
  const auto gates = makeCascade(toy.config, 12);
  const torch::NoGradGuard noGrad;
  const EvaluationBatch& batch = toy.set->batches().front();
  EXPECT_TRUE(torch::allclose(forwardWithGates(*toy.model, batch, *gates, false),
                              toy.model->forward(batch.input).logits, 1e-5, 1e-6));
}

TEST(RuntimeGates, refuseModelsWithADecoder) {
  const ScoredToy toy("llama", 2, 4);
  EXPECT_THROW((void)makeCascade(toy.config, 4), Error);
  EXPECT_THROW(HeadPredictors(toy.config, 1, torch::kCPU), Error);
}

TEST(Ebert, keepsKInTheMeanAndChoosesByInput) {
  ScoredToy toy("bert", 3, 4, 120);
  TrainSettings settings;
  settings.keep = 5;
  settings.steps = 60;
  settings.batch = 16;
  settings.lr = 1e-3;
  const EbertTraining trained = trainPredictors(*toy.model, toy.data, *toy.set, settings, {}, toy.context);
  const RuntimeTally seen = evaluateWithGates(trained.model, *trained.predictors, *toy.set, toy.context);
  EXPECT_NEAR(seen.meanKept, 5, 0.1);
  EXPECT_GT(seen.masks, 1);
  EXPECT_EQ(seen.tally.examples, 120);
  for (const double share : seen.keepFrequency) {
    EXPECT_GE(share, 0);
    EXPECT_LE(share, 1);
  }
}

TEST(Ebert, keepsKInTheMeanOnExamplesThatNeitherTrainingNorThresholdSaw) {
  ScoredToy toy("bert", 3, 4, 4000);
  Dataset seen = toy.data, unseen = toy.data;
  seen.examples.resize(2000);
  unseen.examples.erase(unseen.examples.begin(), unseen.examples.begin() + 2000);
  const EvaluationSet calibration(seen, toy.config, BatchSettings{}, torch::kCPU, 100),
      heldOut(unseen, toy.config, BatchSettings{}, torch::kCPU, 100);
  TrainSettings settings;
  settings.steps = 60;
  settings.batch = 16;
  settings.lr = 1e-3;
  for (const int keep : {6, 9}) {
    settings.keep = keep;
    const EbertTraining trained = trainPredictors(*toy.model, seen, calibration, settings, {}, toy.context);
    EXPECT_NEAR(evaluateWithGates(trained.model, *trained.predictors, calibration, toy.context).meanKept, keep,
                0.0101 * keep);
    EXPECT_NEAR(evaluateWithGates(trained.model, *trained.predictors, heldOut, toy.context).meanKept, keep,
                0.05 * keep);
    EXPECT_GE(trained.calibrationPasses, 4);
    EXPECT_LE(trained.calibrationPasses, 16);
  }
}

TEST(Ebert, keepsNoHeadAndAllWhereAskedTo) {
  ScoredToy toy("bert", 2, 3, 40);
  TrainSettings settings;
  settings.steps = 5;
  settings.batch = 8;
  for (const int keep : {0, 6}) {
    settings.keep = keep;
    const EbertTraining trained = trainPredictors(*toy.model, toy.data, *toy.set, settings, {}, toy.context);
    EXPECT_EQ(evaluateWithGates(trained.model, *trained.predictors, *toy.set, toy.context).meanKept, keep);
  }
}

TEST(Ebert, sameSeedGivesTheSameChoices) {
  ScoredToy toy("bert", 2, 3, 40);
  TrainSettings settings;
  settings.keep = 3;
  settings.steps = 10;
  settings.batch = 8;
  const auto frequencies = [&] {
    const EbertTraining trained = trainPredictors(*toy.model, toy.data, *toy.set, settings, {}, toy.context);
    return evaluateWithGates(trained.model, *trained.predictors, *toy.set, toy.context).keepFrequency;
  };
  EXPECT_EQ(frequencies(), frequencies());
}

TEST(Ebert, leavesTheOpenedModelAsItIs) {
  ScoredToy toy("bert", 2, 3, 40);
  const double before = toy.loss(torch::ones({6}));
  TrainSettings settings;
  settings.keep = 3;
  settings.steps = 5;
  settings.batch = 8;
  settings.lr = 1e-2;
  (void)trainPredictors(*toy.model, toy.data, *toy.set, settings, {}, toy.context);
  EXPECT_EQ(toy.loss(torch::ones({6})), before);
}

}  // namespace
}  // namespace headroom
