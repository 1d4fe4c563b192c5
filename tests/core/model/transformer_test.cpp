// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/transformer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/checkpoint/pickle_archive.h"
#include "core/prune/surgery.h"
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
  const ModelConfig config = readModelConfig(folder);
  const bool both = config.stacks.size() > 1;
  const auto compare = [&](const std::string& name, const std::vector<torch::Tensor>& found) {
    for (size_t i = 0; i < found.size(); ++i) {
      if (!expected.find(name + std::to_string(i))) continue;
      EXPECT_LE(largestDifference(found[i], readTensor(expected, name + std::to_string(i))), 1e-4) << name << i;
    }
  };
  compare(both ? "encoder_hidden_states." : "hidden_states.", output.encoderStates);
  compare(both ? "decoder_hidden_states." : "hidden_states.", output.decoderStates);
  std::map<std::string, std::vector<torch::Tensor>> maps;
  for (size_t block = 0; block < output.attentions.size(); ++block) {
    const BlockId& id = config.heads.blocks()[block].id;
    const std::string kind = id.kind == AttentionKind::Cross ? "cross_"
                             : id.stack == Stack::Encoder    ? "encoder_"
                                                             : "decoder_";
    maps[(both ? kind : "") + "attentions."].push_back(output.attentions[block]);
  }
  for (const auto& [name, found] : maps) compare(name, found);
}

/// The mask that a reference was computed with, from its inputs: one tensor [layers, heads] a kind of attention.
HeadMask referenceMask(const SafetensorsFile& inputs, const HeadLayout& layout) {
  HeadMask mask(layout);
  for (int block = 0; block < layout.blockCount(); ++block) {
    const BlockId& id = layout.blocks()[static_cast<size_t>(block)].id;
    const char* name = id.kind == AttentionKind::Cross ? "head_mask_cross"
                       : id.stack == Stack::Encoder    ? "head_mask_encoder"
                                                       : "head_mask_decoder";
    const torch::Tensor kept = readTensor(inputs, name)[id.layer];
    for (int head = 0; head < layout.headsIn(block); ++head) mask.set({block, head}, kept[head].item<float>() > 0);
  }
  return mask;
}

TEST_P(ReferenceCase, logitsAreTheSameWhereNothingElseIsAskedFor) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture(GetParam());
  const Transformer model = test::openTransformer(folder);
  ForwardOptions options;
  options.onlyLogits = true;
  EXPECT_LE(largestDifference(model.forward(test::openInputs(folder), options).logits,
                              model.forward(test::openInputs(folder)).logits),
            1e-5);
}

class MaskedReferenceCase : public testing::TestWithParam<const char*> {};

TEST_P(MaskedReferenceCase, maskedLogitsEqualTheReferenceByGatesAndByPruning) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture(GetParam());
  const torch::Tensor expected = readTensor(SafetensorsFile(folder + "/expected.safetensors"), "masked_logits");
  const Transformer model = test::openTransformer(folder);
  const HeadMask mask = referenceMask(SafetensorsFile(folder + "/inputs.safetensors"), model.layout());
  ForwardOptions options;
  options.gates = test::gatesOf(mask);
  EXPECT_LE(largestDifference(model.forward(test::openInputs(folder), options).logits, expected), 1e-4);
  EXPECT_LE(largestDifference(compact(model, mask).forward(test::openInputs(folder)).logits, expected), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, MaskedReferenceCase, testing::Values("bart_seq2seq", "marian_mt", "t5_seq2seq"));

INSTANTIATE_TEST_SUITE_P(HuggingFace, ReferenceCase,
                         testing::Values("bert_cls", "bert_cls_pruned", "distilbert_cls", "roberta_cls", "vit_cls",
                                         "gpt2_lm", "llama_gqa", "bart_seq2seq", "marian_mt", "t5_seq2seq"));

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
  const ModelInput batch = test::randomBatch(4, 11);
  ForwardOptions eager;
  eager.keepAttentions = true;
  EXPECT_LE(largestDifference(model.forward(batch).logits, model.forward(batch, eager).logits), 1e-5);
}

TEST(Transformer, foldedGatesEqualDirectOnesWithTheirGradients) {
  const Transformer model = test::randomBert({4, 0, 3});
  const ModelInput batch = test::randomBatch(3, 9);
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
  const ModelInput batch = test::randomBatch(2, 7);
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
    const double difference = (loss(above) - loss(below)).item<double>() / 2e-2,
                 slope = gates.grad()[head].item<double>();
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
  EXPECT_LE(largestDifference(model.forward({ids, {}, {}, {}, {}, {}}).logits,
                              model.forward({padded, mask, {}, {}, {}, {}}).logits),
            1e-5);
}

}  // namespace
}  // namespace headroom
