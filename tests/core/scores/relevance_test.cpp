// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <limits>

#include "core/base/error.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

class RelevanceScores : public ::testing::TestWithParam<const char*> {};

TEST_P(RelevanceScores, ofABlockSumToOne) {
  const ScoredToy toy(GetParam(), 3, 4);
  const std::vector<double> scores = toy.score(relevanceScores).values;
  const HeadLayout& layout = toy.model->layout();
  for (int block = 0; block < layout.blockCount(); ++block) {
    double sum = 0;
    for (int i = layout.firstOf(block); i < layout.firstOf(block + 1); ++i) {
      EXPECT_GE(scores[static_cast<size_t>(i)], 0);
      sum += scores[static_cast<size_t>(i)];
    }
    EXPECT_NEAR(sum, 1, 1e-6);
  }
}

TEST_P(RelevanceScores, linearisedPassComputesTheSame) {
  const ScoredToy toy(GetParam(), 3, 4);
  ForwardOptions linearised;
  linearised.linearised = true;
  for (const EvaluationBatch& batch : toy.set->batches())
    EXPECT_TRUE(torch::allclose(toy.model->forward(batch.input, linearised).logits,
                                toy.model->forward(batch.input).logits, 1e-4, 1e-5));
}

INSTANTIATE_TEST_SUITE_P(Families, RelevanceScores, ::testing::Values("bert", "llama"));

/// Without biases nothing is lost on the way: what the embeddings' sum is relevant for is the whole logit.
TEST(Relevance, isConservedWhereThereAreNoBiases) {
  const ScoredToy toy("bert", 3, 4);
  {
    const torch::NoGradGuard noGrad;
    for (const Parameters::Entry& entry : toy.model->parameters().entries())
      if (entry.spec.canonical.ends_with(".bias")) entry.tensor.zero_();
  }
  const EvaluationBatch& batch = toy.set->batches().front();
  PassState state = toy.model->begin(batch.input);
  const torch::Tensor embedded = state.hidden = state.hidden.detach().set_requires_grad(true);
  LayerOptions options;
  options.linearised = true;
  for (int layer = 0; layer < toy.model->layerCount(); ++layer)
    state = toy.model->next(state, layer, batch.input, options);
  const torch::Tensor logits = toy.model->finish(state, batch.input, false, true).select(1, 0);
  const torch::Tensor gradient = torch::autograd::grad({logits.sum()}, {embedded}).front();
  EXPECT_TRUE(torch::allclose((gradient * embedded).sum(torch::IntArrayRef({1, 2})), logits, 1e-3, 1e-4));
}

TEST(Relevance, ofAnAnswerIsNotThatOfPadding) {
  const ScoredToy texts;
  FreshModel fresh;
  fresh.task = "question-answering";
  fresh.layers = 2;
  fresh.heads = 3;
  fresh.hidden = 24;
  fresh.intermediate = 32;
  fresh.vocabulary = 50;
  ModelConfig config = parseModelConfig(freshConfigJson(fresh), "config.json");
  config.initializerRange = 0.4;
  const Transformer model(config, Parameters::random(config, 5));
  Dataset data = texts.data;
  data.kind = DataKind::Answers;
  for (Example& example : data.examples) example.targets = {1, 2};
  const EvaluationSet single(data, config, BatchSettings{}, torch::kCPU, 1),
      padded(data, config, BatchSettings{}, torch::kCPU, 12);
  const std::vector<double> expected = relevanceScores({model, single, texts.options, texts.context}).values,
                            found = relevanceScores({model, padded, texts.options, texts.context}).values;
  for (size_t head = 0; head < found.size(); ++head) EXPECT_NEAR(found[head], expected[head], 1e-4) << head;
}

TEST(Relevance, ofWeightsThatAreNoNumbersIsRefused) {
  const ScoredToy toy("bert", 2, 3);
  {
    const torch::NoGradGuard noGrad;
    toy.model->attention(1).output.weight.fill_(std::numeric_limits<float>::quiet_NaN());
  }
  EXPECT_THROW((void)toy.score(relevanceScores), Error);
}

TEST(Relevance, isNoneOfAHeadThatAddsNothing) {
  const ScoredToy toy("bert", 2, 3);
  {
    const torch::NoGradGuard noGrad;
    toy.model->attention(1).output.weight.slice(1, 8, 16).zero_();
  }
  EXPECT_EQ(toy.score(relevanceScores).values[4], 0);
}

}  // namespace
}  // namespace headroom
