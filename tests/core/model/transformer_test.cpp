// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/transformer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/checkpoint/pickle_archive.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

using test::fixture;
using test::largestDifference;

class ReferenceCase : public testing::TestWithParam<const char*> {};

TEST_P(ReferenceCase, everyTensorEqualsTheReference) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture(GetParam());
  const SafetensorsFile expected(folder + "/expected.safetensors");
  ForwardOptions options;
  options.keepHiddenStates = options.keepAttentions = true;
  const ForwardOutput output = test::openTransformer(folder).forward(test::openInputs(folder), options);
  EXPECT_LE(largestDifference(output.logits, readTensor(expected, "logits")), 1e-4);
  for (size_t i = 0; i < output.hiddenStates.size(); ++i)
    EXPECT_LE(largestDifference(output.hiddenStates[i], readTensor(expected, "hidden_states." + std::to_string(i))), 1e-4) << i;
  for (size_t i = 0; i < output.attentions.size(); ++i)
    EXPECT_LE(largestDifference(output.attentions[i], readTensor(expected, "attentions." + std::to_string(i))), 1e-4) << i;
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, ReferenceCase, testing::Values("bert_cls", "bert_cls_pruned"));

TEST(Transformer, pickledWeightsComputeTheSame) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture("bert_cls");
  const ModelConfig config = readModelConfig(folder);
  const PickleArchive pickle(folder + "/pytorch_model.bin");
  const Transformer model(config, Parameters::load(pickle, config, torch::kCPU));
  const torch::Tensor expected = test::openTransformer(folder).forward(test::openInputs(folder)).logits;
  EXPECT_TRUE(torch::equal(model.forward(test::openInputs(folder)).logits, expected));
}

TEST(Transformer, attentionsPathAndFusedPathAgree) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 2, 4});
  const TokenBatch batch = test::randomBatch(4, 11);
  ForwardOptions eager;
  eager.keepAttentions = true;
  EXPECT_LE(largestDifference(model.forward(batch).logits, model.forward(batch, eager).logits), 1e-5);
}

TEST(Transformer, foldedGatesEqualDirectOnesWithTheirGradients) {
  const Transformer model = test::randomBert({4, 0, 3});
  const TokenBatch batch = test::randomBatch(3, 9);
  torch::Tensor gradients[2], logits[2];
  for (const GateForm form : {GateForm::Folded, GateForm::Direct}) {
    ForwardOptions options;
    options.gates = torch::tensor({0.3f, 1.f, 0.f, 0.8f, 0.5f, 0.9f, 0.1f}).set_requires_grad(true);
    options.gateForm = form;
    const int i = form == GateForm::Folded ? 0 : 1;
    logits[i] = model.forward(batch, options).logits;
    logits[i].pow(2).sum().backward();
    gradients[i] = options.gates.grad();
  }
  EXPECT_LE(largestDifference(logits[0], logits[1]), 1e-5);
  EXPECT_LE(largestDifference(gradients[0], gradients[1]), 1e-4 * gradients[1].abs().max().item<double>());
}

TEST(Transformer, gateGradientMatchesFiniteDifferences) {
  const Transformer model = test::randomBert({4, 4});
  const TokenBatch batch = test::randomBatch(2, 7);
  const auto loss = [&](const torch::Tensor& gates) {
    ForwardOptions options;
    options.gates = gates;
    return model.forward(batch, options).logits.pow(2).sum();
  };
  torch::Tensor gates = torch::full({8}, 0.6f).set_requires_grad(true);
  loss(gates).backward();
  const torch::NoGradGuard noGrad;
  for (int head = 0; head < 8; ++head) {
    torch::Tensor above = gates.detach().clone(), below = gates.detach().clone();
    above[head] += 1e-2;
    below[head] -= 1e-2;
    const double difference = (loss(above) - loss(below)).item<double>() / 2e-2, slope = gates.grad()[head].item<double>();
    EXPECT_NEAR(slope, difference, 1e-2 * std::max(0.1, std::abs(difference))) << head;
  }
}

TEST(Transformer, aModelWithoutAnyHeadStillComputes) {
  const torch::NoGradGuard noGrad;
  const torch::Tensor logits = test::randomBert({0, 0}).forward(test::randomBatch(2, 5)).logits;
  EXPECT_TRUE(torch::isfinite(logits).all().item<bool>());
}

TEST(Transformer, paddingDoesNotChangeTheAnswer) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 4});
  torch::manual_seed(1);
  const torch::Tensor ids = torch::randint(0, 50, {1, 6}, torch::kInt64);
  const torch::Tensor padded = torch::cat({ids, torch::zeros({1, 5}, torch::kInt64)}, 1);
  const torch::Tensor mask = torch::cat({torch::ones({1, 6}, torch::kInt64), torch::zeros({1, 5}, torch::kInt64)}, 1);
  EXPECT_LE(largestDifference(model.forward({ids, {}, {}}).logits, model.forward({padded, mask, {}}).logits), 1e-5);
}

}  // namespace
}  // namespace headroom
