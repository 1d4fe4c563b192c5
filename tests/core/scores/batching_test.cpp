// SPDX-License-Identifier: GPL-3.0-or-later
// How examples are cut into micro-batches, which are of texts of one length, is no part of any score.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

std::vector<double> scoresInBatchesOf(ScoredToy& toy, ScoreFunction score, int rows) {
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, rows);
  return toy.score(score).values;
}

TEST(Batching, scoresOfTextsDoNotDependOnIt) {
  for (const char* family : {"bert", "llama"}) {
    ScoredToy toy(family, 2, 4);
    toy.options.uniform = false;
    for (const ScoreFunction score : {confidenceScores, outputNormScores, taylorScores, groupTaylorScores}) {
      const std::vector<double> pairs = scoresInBatchesOf(toy, score, 2), whole = scoresInBatchesOf(toy, score, 12);
      for (size_t head = 0; head < pairs.size(); ++head)
        EXPECT_NEAR(pairs[head], whole[head], 1e-4 * std::max(1.0, std::abs(whole[head]))) << family << " " << head;
    }
  }
}

TEST(Batching, everyTokenOfTextsCountsAlikeInTaylor) {
  ScoredToy toy("llama", 2, 4);
  toy.options.absolute = "none";
  const std::vector<double> ours = scoresInBatchesOf(toy, taylorScores, 2);
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, 12);
  const EvaluationBatch batch = toy.set->batches().front();
  ForwardOptions options;
  options.gates = torch::ones({toy.heads()}).set_requires_grad(true);
  taskLoss(toy.model->forward(batch.input, options).logits, batch.targets).backward();
  for (int head = 0; head < toy.heads(); ++head) {
    const auto expected = -options.gates.grad()[head].item<double>();
    EXPECT_NEAR(ours[static_cast<size_t>(head)], expected, 1e-4 * std::max(1.0, std::abs(expected)));
  }
}

TEST(Batching, aTextWithoutJudgedTokensCountsForNothing) {
  ScoredToy toy("llama", 2, 4);
  toy.options.steps = 2;
  const std::vector<double> integrated = scoresInBatchesOf(toy, taylorScores, 1);
  toy.options.steps = 1;
  const std::vector<double> plain = scoresInBatchesOf(toy, taylorScores, 1);
  Example silent = toy.data.examples.front();
  std::fill(silent.targets.begin(), silent.targets.end(), kNoTarget);
  toy.data.examples.push_back(silent);
  const std::vector<double> same = scoresInBatchesOf(toy, taylorScores, 1);
  toy.options.steps = 2;
  const std::vector<double> sameIntegrated = scoresInBatchesOf(toy, taylorScores, 1);
  for (size_t head = 0; head < plain.size(); ++head) {
    EXPECT_NEAR(same[head], plain[head], 1e-5 * std::max(1.0, plain[head]));
    EXPECT_NEAR(sameIntegrated[head], integrated[head], 1e-5 * std::max(1.0, integrated[head]));
  }
}

}  // namespace
}  // namespace headroom
