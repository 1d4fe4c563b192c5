// SPDX-License-Identifier: GPL-3.0-or-later
// When random orders end early, and when no more of them are drawn.
#include <gtest/gtest.h>

#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

constexpr int kLiveHead = 9;

/// Twelve heads of which one adds something; by it every example's loss falls (`useful`) or grows.
struct OneLiveHead : ScoredToy {
  explicit OneLiveHead(bool useful) : ScoredToy("bert", 3, 4) {
    const torch::NoGradGuard noGrad;
    for (int block = 0; block < 3; ++block) {
      const torch::Tensor& output = model->attention(block).output.weight;
      const torch::Tensor kept = output.slice(1, 8, 16).clone();
      output.zero_();
      if (block == 2) output.slice(1, 8, 16).copy_(kept);
    }
    ForwardOptions without;
    without.gates = torch::zeros({heads()});
    for (const EvaluationBatch& batch : set->batches()) {
      const torch::Tensor gained = torch::softmax(model->forward(batch.input).logits, -1) -
                                   torch::softmax(model->forward(batch.input, without).logits, -1);
      for (size_t row = 0; row < batch.examples.size(); ++row)
        data.examples[static_cast<size_t>(batch.examples[row])].label =
            static_cast<int>((useful ? gained : -gained)[static_cast<std::int64_t>(row)].argmax().item<std::int64_t>());
    }
    set.emplace(data, config, BatchSettings{}, torch::kCPU, 5);
  }
};

TEST(Shapley, ordersThatEndEarlyCostLessAndFindTheSameWhetherHeadsHelpOrHarm) {
  for (const bool useful : {true, false}) {
    OneLiveHead toy(useful);
    toy.options.permutations = 10;
    const double worth = toy.loss(torch::zeros({toy.heads()})) - toy.loss(torch::ones({toy.heads()}));
    EXPECT_EQ(worth > 0, useful);
    const HeadScores whole = toy.score(shapleyScores);
    toy.options.truncate = 0.5;
    const HeadScores cut = toy.score(shapleyScores);
    for (int head = 0; head < toy.heads(); ++head)
      EXPECT_NEAR(cut.values[static_cast<size_t>(head)], head == kLiveHead ? worth : 0, 1e-5) << head;
    EXPECT_LT(cut.costs.forwards, whole.costs.forwards);
  }
}

TEST(Shapley, noMoreOrdersAreDrawnOnceTheBoundSaysOnWhichSideOfNothingAHeadIs) {
  // One head adds the same in every order: the bound is 3 R ln(3 / 0.05) / t alone, less than R from the 13th on.
  ScoredToy toy("bert", 1, 1);
  const HeadScores scores = toy.score(shapleyScores);
  EXPECT_EQ(scores.note, "13 random orders");
  const double worth = std::abs(scores.values.front());
  EXPECT_NEAR(scores.halfWidths.front(), 3 * worth * std::log(60.0) / 13, 1e-4 * worth);
  toy.options.permutations = 5;
  EXPECT_EQ(toy.score(shapleyScores).note, "5 random orders");
}

}  // namespace
}  // namespace headroom
