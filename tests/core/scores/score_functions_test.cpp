// SPDX-License-Identifier: GPL-3.0-or-later
// Each method's own sentence of when it works.
#include "core/scores/score_functions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/head_mask.h"
#include "core/scores/score_table.h"
#include "tests/core/model/fixtures.h"
#include "tests/core/scores/toy.h"

namespace headroom {
namespace {

using test::ScoredToy;

TEST(ScoreTable, methodsGiveOneFiniteNumberAHeadAndTheSameOnesAgain) {
  const ScoredToy toy;
  for (const ScoreMethod& method : scoreTable()) {
    SCOPED_TRACE(method.info.name);
    const int keep = method.info.ofOneK ? 3 : -1;
    const HeadScores scores = toy.score(method.score, keep);
    ASSERT_EQ(static_cast<int>(scores.values.size()), toy.heads());
    for (const double value : scores.values) EXPECT_TRUE(std::isfinite(value));
    EXPECT_EQ(scores.values, toy.score(method.score, keep).values);
  }
}

TEST(RandomScores, differBySeed) {
  ScoredToy toy;
  const std::vector<double> first = toy.score(randomScores).values;
  toy.options.seed = 2;
  EXPECT_NE(first, toy.score(randomScores).values);
}

TEST(MagnitudeScores, areTheLengthsOfTheHeadsOwnWeights) {
  const ScoredToy toy;
  const AttentionWeights& weights = toy.model->attention(1);
  const auto rows = [](const torch::Tensor& weight) { return weight.slice(0, 8, 16).square().sum().item<double>(); };
  const double expected = std::sqrt(rows(weights.query.weight) + rows(weights.key.weight) + rows(weights.value.weight) +
                                    weights.output.weight.slice(1, 8, 16).square().sum().item<double>());
  EXPECT_NEAR(toy.score(magnitudeScores).values[4], expected, 1e-6);
}

TEST(ConfidenceScores, areHighForAHeadThatLooksAtOneTokenAndLowForAnEvenOne) {
  ScoredToy toy("bert", 1, 2);
  const AttentionWeights& weights = toy.model->attention(0);
  torch::NoGradGuard noGrad;
  // The first head's raw scores become a million times as large; the second one's become equal.
  weights.query.weight.slice(0, 0, 8).mul_(1000);
  weights.key.weight.slice(0, 0, 8).mul_(1000);
  weights.query.weight.slice(0, 8, 16).zero_();
  weights.query.bias.slice(0, 8, 16).zero_();
  const std::vector<double> scores = toy.score(confidenceScores).values;
  double even = 0, tokens = 0;  // an even head gives every token, content or not, one part of the text's length
  for (const Example& example : toy.data.examples) {
    const auto separators = std::count(example.ids.begin() + 1, example.ids.end(), example.ids.back());
    const auto content = static_cast<double>(example.length() - 1 - separators);
    even += content / example.length();
    tokens += content;
  }
  EXPECT_GT(scores[0], 0.8);
  EXPECT_NEAR(scores[1], even / tokens, 1e-5);
}

TEST(ConfidenceScores, areOneForAHeadWiredToThePreviousToken) {
  ScoredToy toy("bert", 1, 1);
  const torch::NoGradGuard noGrad;
  // No token twice: one like the last would count as a separator.
  for (Example& example : toy.data.examples) std::iota(example.ids.begin(), example.ids.end(), 5);
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, 5);
  // Places are all that the model sees; the first content token, at 1, has none before it and looks at itself.
  const Parameters& parameters = toy.model->parameters();
  parameters.at("embeddings.word").zero_();
  parameters.at("encoder.embeddings.type").zero_();
  parameters.at("encoder.embeddings.position").zero_().fill_diagonal_(1);
  const AttentionWeights& weights = toy.model->attention(0);
  weights.key.weight.zero_().fill_diagonal_(10);
  weights.query.weight.zero_();
  for (int place = 0; place < 7; ++place) weights.query.weight[std::max(place - 1, 1)][place] = 10;
  EXPECT_NEAR(toy.score(confidenceScores).values.front(), 1, 1e-6);
}

TEST(OutputNormScores, doubleWithTheHeadsOutputColumnsAndLeaveOthersAlone) {
  const ScoredToy toy("bert", 1, 3);
  const std::vector<double> before = toy.score(outputNormScores).values;
  {
    torch::NoGradGuard noGrad;
    toy.model->attention(0).output.weight.slice(1, 8, 16).mul_(2);
  }
  const std::vector<double> after = toy.score(outputNormScores).values;
  EXPECT_NEAR(after[1], 2 * before[1], 1e-5 * before[1]);
  EXPECT_NEAR(after[0], before[0], 1e-6 * before[0]);
  EXPECT_NEAR(after[2], before[2], 1e-6 * before[2]);
}

TEST(OutputNormScores, areWhatOneHeadAddsToTheResidualStream) {
  const ScoredToy toy("bert", 1, 3, 1);
  ForwardOptions options;
  torch::Tensor seen;
  options.outputs = [&](int, const torch::Tensor& outputs) { return seen = outputs; };
  const torch::NoGradGuard noGrad;
  (void)toy.model->forward(toy.set->batches()[0].input, options);
  const torch::Tensor added = torch::matmul(seen[0][2], toy.model->attention(0).output.weight.slice(1, 16, 24).t());
  EXPECT_NEAR(toy.score(outputNormScores).values[2], added.norm(2, 1).mean().item<double>(), 1e-5);
}

TEST(OutputNormScores, plainOnesAreMeansOfAbsoluteOutputsByHandOnTwoLayers) {
  ScoredToy toy("bert", 2, 3);
  toy.options.norm = "plain";
  const torch::NoGradGuard noGrad;
  torch::Tensor sums = torch::zeros({2, 3}, torch::kFloat64);
  double tokens = 0;
  for (const Example& example : toy.data.examples) {  // one by one: without padding
    ForwardOptions options;
    options.outputs = [&](int block, const torch::Tensor& outputs) {
      sums[block] += outputs.abs().sum(torch::IntArrayRef({0, 2, 3}), false, torch::kFloat64);
      return outputs;
    };
    ModelInput input;
    input.ids = torch::tensor(example.ids, torch::kInt64).unsqueeze(0);
    (void)toy.model->forward(input, options);
    tokens += example.length();
  }
  const std::vector<double> scores = toy.score(outputNormScores).values;
  for (int head = 0; head < 6; ++head) {
    const double expected = sums[head / 3][head % 3].item<double>() / tokens;
    EXPECT_NEAR(scores[static_cast<size_t>(head)], expected, 1e-5 * expected) << head;
  }
}

TEST(TaylorScores, threeFormsOfTheGradientAgree) {
  ScoredToy toy("bert", 2, 3, 1);
  toy.options.absolute = "none";
  const std::vector<double> ours = toy.score(taylorScores).values;
  std::vector<Parameters::Entry> entries = toy.model->parameters().entries();
  std::vector<torch::Tensor> outputs;
  for (Parameters::Entry& entry : entries) {
    entry.tensor = entry.tensor.detach();
    if (entry.spec.canonical.ends_with("self.output.weight")) outputs.push_back(entry.tensor.set_requires_grad(true));
  }
  const Transformer model(toy.config, Parameters(entries));
  ForwardOptions options;
  options.gates = torch::ones({6}).set_requires_grad(true);
  const EvaluationBatch& batch = toy.set->batches()[0];
  taskLoss(model.forward(batch.input, options).logits, batch.targets).backward();
  for (int head = 0; head < 6; ++head) {
    const torch::Tensor& weight = outputs[static_cast<size_t>(head / 3)];
    const double byWeights = (weight.grad() * weight).slice(1, head % 3 * 8, head % 3 * 8 + 8).sum().item<double>();
    EXPECT_NEAR(-ours[static_cast<size_t>(head)], options.gates.grad()[head].item<double>(), 1e-5);
    EXPECT_NEAR(-ours[static_cast<size_t>(head)], byWeights, 1e-5);
  }
}

TEST(TaylorScores, signedOnesPredictASmallChange) {
  ScoredToy toy;
  toy.options.absolute = "none";
  const std::vector<double> scores = toy.score(taylorScores).values;
  constexpr double kStep = 3e-3;
  for (int head = 0; head < toy.heads(); ++head) {
    torch::Tensor gates = torch::ones({toy.heads()});
    gates[head] = 1 - kStep;
    const double below = toy.loss(gates);
    gates[head] = 1 + kStep;
    EXPECT_NEAR(scores[static_cast<size_t>(head)], (below - toy.loss(gates)) / (2 * kStep), 2e-4);
  }
}

TEST(TaylorScores, integratedOnesSumToWhatAllHeadsChange) {
  ScoredToy toy;
  toy.options.absolute = "none";
  toy.options.steps = 200;
  const std::vector<double> scores = toy.score(taylorScores).values;
  const double all = toy.loss(torch::zeros({toy.heads()})) - toy.loss(torch::ones({toy.heads()}));
  EXPECT_NEAR(std::accumulate(scores.begin(), scores.end(), 0.0), all, 0.02 * std::max(0.1, std::abs(all)));
}

TEST(TaylorScores, absoluteValuesGrowTheFinerTheyAreTaken) {
  ScoredToy toy;
  const auto sum = [&](const char* absolute) {
    toy.options.absolute = absolute;
    const std::vector<double> values = toy.score(taylorScores).values;
    return std::accumulate(values.begin(), values.end(), 0.0);
  };
  const double token = sum("token"), example = sum("example"), batch = sum("batch");
  EXPECT_GT(token, example);
  EXPECT_GT(example, batch);
}

TEST(TaylorScores, normalisedOnesHaveOneLengthInEveryBlock) {
  ScoredToy toy;
  toy.options.normalise = true;
  const std::vector<double> values = toy.score(taylorScores).values;
  for (int block = 0; block < 2; ++block)
    EXPECT_NEAR(
        std::inner_product(values.begin() + 3 * block, values.begin() + 3 * block + 3, values.begin() + 3 * block, 0.0),
        1, 1e-9);
}

TEST(GroupTaylorScores, takeWholeGroupsAndTheSameShareOfEveryBlock) {
  const ScoredToy toy("llama", 3, 4);
  const std::vector<double> scores = toy.score(groupTaylorScores).values;
  const HeadLayout& layout = toy.model->layout();
  for (int flat = 0; flat < layout.headCount(); flat += 2)
    EXPECT_EQ(scores[static_cast<size_t>(flat)], scores[static_cast<size_t>(flat) + 1]);
  const HeadMask mask = keepTop(layout, scores, layout.headCount() / 2);
  for (int block = 0; block < layout.blockCount(); ++block) EXPECT_EQ(mask.keptIn(block), 2);
}

TEST(GroupTaylorScores, areThoseOfTheWeightsGradients) {
  ScoredToy toy("bert", 2, 3, 4);
  toy.options.uniform = false;
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, 4);
  const std::vector<double> scores = toy.score(groupTaylorScores).values;
  std::vector<Parameters::Entry> entries = toy.model->parameters().entries();
  for (Parameters::Entry& entry : entries) entry.tensor = entry.tensor.detach().set_requires_grad(true);
  const Transformer model(toy.config, Parameters(entries));
  double loss = 0;
  for (const EvaluationBatch& batch : toy.set->batches()) {
    const torch::Tensor part =
        taskLoss(model.forward(batch.input).logits, batch.targets) * (static_cast<double>(batch.examples.size()) / 4);
    part.backward();
    loss += part.item<double>();
  }
  const AttentionWeights& weights = model.attention(1);
  const auto salience = [](const torch::Tensor& weight) { return (weight * weight.grad()).detach().abs(); };
  double expected = salience(weights.output.weight).slice(1, 0, 8).sum().item<double>();
  for (const Linear* part : {&weights.query, &weights.key, &weights.value})
    expected += salience(part->weight).slice(0, 0, 8).sum().item<double>();
  EXPECT_NEAR(scores[3], expected, 1e-6 * std::max(1.0, expected));
}

/// Means over a toy's examples of the gradients of a block's four weights, and of their squares.
struct SavedGradients {
  SavedGradients(const ScoredToy& toy, int block) {
    std::vector<Parameters::Entry> entries = toy.model->parameters().entries();
    for (Parameters::Entry& entry : entries) entry.tensor = entry.tensor.detach().set_requires_grad(true);
    const Transformer model(toy.config, Parameters(entries));
    const AttentionWeights& parts = model.attention(block);
    weights = {parts.query.weight, parts.key.weight, parts.value.weight, parts.output.weight};
    for (const torch::Tensor& weight : weights) {
      mean.push_back(torch::zeros_like(weight));
      squares.push_back(torch::zeros_like(weight));
    }
    const EvaluationSet single(toy.data, toy.config, BatchSettings{}, torch::kCPU, 1);
    const double share = 1.0 / static_cast<double>(single.exampleCount());
    for (const EvaluationBatch& batch : single.batches()) {
      const std::vector<torch::Tensor> found =
          torch::autograd::grad({taskLoss(model.forward(batch.input).logits, batch.targets)}, weights);
      for (size_t i = 0; i < weights.size(); ++i) {
        mean[i] += found[i] * share;
        squares[i] += found[i].square() * share;
      }
    }
  }
  /// Over the rows, or columns, of the block's first head of eight.
  template <typename Each>
  [[nodiscard]] double firstHead(Each&& each) const {
    const torch::NoGradGuard noGrad;
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i)
      sum += each(weights[i], mean[i], squares[i]).slice(i < 3 ? 0 : 1, 0, 8).sum().template item<double>();
    return sum;
  }
  std::vector<torch::Tensor> weights, mean, squares;
};

TEST(GroupTaylorScores, takeTheSalienceAsked) {
  using Tensor = torch::Tensor;
  ScoredToy toy("bert", 2, 3, 6);
  toy.options.uniform = false;
  toy.set.emplace(toy.data, toy.config, BatchSettings{}, torch::kCPU, 1);  // squares are of single examples
  const SavedGradients saved(toy, 1);
  const auto expectOf = [&](const char* salience, double expected) {
    toy.options.salience = salience;
    EXPECT_NEAR(toy.score(groupTaylorScores).values[3], expected, 1e-5 * std::max(1.0, expected)) << salience;
  };
  expectOf("first", saved.firstHead([](Tensor w, Tensor g, Tensor) { return (w * g).abs(); }));
  expectOf("second", saved.firstHead([](Tensor w, Tensor, Tensor f) { return w.square() * f; }));
  expectOf("mix", saved.firstHead([](Tensor w, Tensor g, Tensor f) { return (w * g - 0.5 * w.square() * f).abs(); }));
  expectOf("vector", std::abs(saved.firstHead([](Tensor w, Tensor g, Tensor) { return w * g; })));
}

TEST(GroupTaylorScores, takeTheSameShareOfABlockWhoseHeadsAllTie) {
  const ScoredToy toy("bert", 3, 4);
  {
    const torch::NoGradGuard noGrad;
    toy.model->attention(1).output.weight.zero_();
  }
  const HeadMask mask = keepTop(toy.model->layout(), toy.score(groupTaylorScores).values, 6);
  for (int block = 0; block < 3; ++block) EXPECT_EQ(mask.keptIn(block), 2) << block;
}

TEST(LeaveOneOutScores, equalSingleEvaluations) {
  const ScoredToy toy("bert", 3, 3);
  const std::vector<double> scores = toy.score(leaveOneOutScores).values;
  const double full = toy.loss(torch::ones({toy.heads()}));
  for (int head = 0; head < toy.heads(); ++head) {
    torch::Tensor gates = torch::ones({toy.heads()});
    gates[head] = 0;
    EXPECT_NEAR(scores[static_cast<size_t>(head)], toy.loss(gates) - full, 1e-5);
  }
}

TEST(LeaveOneOutScores, ofAGroupAreWhatTheModelLosesWithoutAllItsHeads) {
  const ScoredToy toy("llama", 2, 4);
  const std::vector<double> scores =
      leaveOneOutScores({*toy.model, *toy.set, toy.options, toy.context, -1, "group"}).values;
  const double full = toy.loss(torch::ones({toy.heads()}));
  ASSERT_EQ(scores.size(), 8U);
  for (int first = 0; first < toy.heads(); first += 2) {
    torch::Tensor gates = torch::ones({toy.heads()});
    gates[first] = gates[first + 1] = 0;
    EXPECT_NEAR(scores[static_cast<size_t>(first)], toy.loss(gates) - full, 1e-5);
    EXPECT_EQ(scores[static_cast<size_t>(first)], scores[static_cast<size_t>(first) + 1]);
  }
}

/// Over all subsets of the others, weighted by how many orders put exactly these before the head.
std::vector<double> exactShapley(const ScoredToy& toy) {
  const int n = toy.heads();
  std::vector<double> losses;
  for (unsigned bits = 0; bits < 1U << n; ++bits) {
    HeadMask mask(toy.model->layout(), false);
    for (int i = 0; i < n; ++i) mask.set(i, (bits >> i & 1U) != 0);
    losses.push_back(toy.loss(test::gatesOf(mask)));
  }
  std::vector<double> factorial{1};
  for (int i = 1; i <= n; ++i) factorial.push_back(factorial.back() * i);
  std::vector<double> values(static_cast<size_t>(n), 0);
  for (int head = 0; head < n; ++head)
    for (unsigned bits = 0; bits < 1U << n; ++bits) {
      if ((bits >> head & 1U) != 0) continue;
      const auto size = static_cast<size_t>(std::popcount(bits));
      values[static_cast<size_t>(head)] += factorial[size] * factorial[static_cast<size_t>(n) - size - 1] /
                                           factorial[static_cast<size_t>(n)] *
                                           (losses[bits] - losses[bits | 1U << head]);
    }
  return values;
}

TEST(ShapleyScores, lieWithinTheirIntervalsOfTheExactOnes) {
  ScoredToy toy;
  toy.options.permutations = 200;
  const std::vector<double> exact = exactShapley(toy);
  const HeadScores scores = toy.score(shapleyScores);
  for (size_t head = 0; head < exact.size(); ++head)
    EXPECT_NEAR(scores.values[head], exact[head], scores.halfWidths[head]);
}

TEST(ShapleyScores, haveNoSureValuesAfterThreeOrders) {
  ScoredToy toy;
  toy.options.permutations = 3;
  toy.options.value = "metric";  // of twelve examples: many heads change nothing three times
  for (const double half : toy.score(shapleyScores).halfWidths) EXPECT_GT(half, 0);
}

TEST(ShapleyScores, sumToWhatAllHeadsAreWorth) {
  ScoredToy toy;
  toy.options.permutations = 3;
  const double all = toy.loss(torch::zeros({toy.heads()})) - toy.loss(torch::ones({toy.heads()}));
  for (const double truncate : {0.0, 0.5}) {
    toy.options.truncate = truncate;
    const std::vector<double> values = toy.score(shapleyScores).values;
    EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), all, 1e-5);
  }
}

TEST(GreedyScores, removeFirstWhatIsMissedLeast) {
  const ScoredToy toy;
  const std::vector<double> greedy = toy.score(greedyScores).values, alone = toy.score(leaveOneOutScores).values;
  const auto first = std::min_element(greedy.begin(), greedy.end()) - greedy.begin();
  EXPECT_EQ(first, std::min_element(alone.begin(), alone.end()) - alone.begin());
  std::vector<double> sorted = greedy;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) EXPECT_EQ(sorted[i], static_cast<double>(i));
  // The second step is right as well: no other pair with the first head does less harm.
  const auto lossWithout = [&](std::ptrdiff_t a, std::ptrdiff_t b) {
    torch::Tensor gates = torch::ones({toy.heads()});
    gates[a] = 0;
    gates[b] = 0;
    return toy.loss(gates);
  };
  const auto second = std::find(greedy.begin(), greedy.end(), 1.0) - greedy.begin();
  for (int other = 0; other < toy.heads(); ++other)
    if (other != first) {
      EXPECT_LE(lossWithout(first, second), lossWithout(first, other) + 1e-6);
    }
}

}  // namespace
}  // namespace headroom
