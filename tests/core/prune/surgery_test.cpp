// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prune/surgery.h"

#include <gtest/gtest.h>

#include "core/checkpoint/weight_names.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

torch::Tensor maskedLogits(const Transformer& model, const ModelInput& batch, const HeadMask& mask) {
  ForwardOptions options;
  options.gates = test::gatesOf(mask);
  return model.forward(batch, options).logits;
}

class EveryFamily : public testing::TestWithParam<const char*> {};

TEST_P(EveryFamily, prunedZeroedAndReopenedModelsEqualTheMaskedOne) {
  const torch::NoGradGuard noGrad;
  const std::string folder = test::fixture(GetParam());
  const Transformer model = test::openTransformer(folder);
  const ModelInput input = test::openInputs(folder);
  const test::TemporaryFolder scratch;
  for (const int keep : {0, 1, model.layout().headCount() / 3, model.layout().headCount() - 1}) {
    const HeadMask mask = keepRandom(model.layout(), keep, 7);
    const torch::Tensor expected = maskedLogits(model, input, mask);
    const Transformer cut = compact(model, mask);
    EXPECT_LE(test::largestDifference(cut.forward(input).logits, expected), 1e-5) << keep;
    EXPECT_LE(test::largestDifference(Transformer(model.config(), zeroed(model, mask)).forward(input).logits, expected),
              1e-5)
        << keep;
    const std::string file = scratch.file("weights-" + std::to_string(keep) + ".safetensors");
    writeSafetensors(file, cut.parameters().toWrite());
    const ModelConfig config = parseModelConfig(cut.config().json, "config.json");
    const Transformer reopened(config, Parameters::load(SafetensorsFile(file), config, torch::kCPU));
    EXPECT_TRUE(torch::equal(reopened.forward(input).logits, cut.forward(input).logits)) << keep;
    EXPECT_EQ(parametersLeft(model.config(), mask), cut.parameters().count()) << keep;
  }
}

TEST_P(EveryFamily, emptiedLayersAndKindsOfAttentionStayLegal) {
  const torch::NoGradGuard noGrad;
  const std::string folder = test::fixture(GetParam());
  const Transformer model = test::openTransformer(folder);
  const ModelInput input = test::openInputs(folder);
  for (int emptied = 0; emptied < model.layout().blockCount(); ++emptied) {
    HeadMask oneBlock(model.layout()), oneKind(model.layout());
    const BlockId& id = model.layout().blocks()[static_cast<size_t>(emptied)].id;
    for (int flat = 0; flat < model.layout().headCount(); ++flat) {
      const int block = model.layout().at(flat).block;
      if (block == emptied) oneBlock.set(flat, false);
      if (blockGroupName(model.layout().blocks()[static_cast<size_t>(block)].id) == blockGroupName(id))
        oneKind.set(flat, false);
    }
    for (const HeadMask& mask : {oneBlock, oneKind})
      EXPECT_LE(test::largestDifference(compact(model, mask).forward(input).logits, maskedLogits(model, input, mask)),
                1e-5)
          << emptied;
  }
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, EveryFamily,
                         testing::Values("bert_cls", "distilbert_cls", "roberta_cls", "vit_cls", "gpt2_lm", "llama_gqa",
                                         "bart_seq2seq", "marian_mt", "t5_seq2seq"));

TEST(Surgery, keyValueHeadsGoWithTheLastQueryHeadThatReadsThem) {
  const Transformer model = test::openTransformer(test::fixture("llama_gqa"));  // 4 query heads share 2 key/value heads
  HeadMask mask(model.layout());
  mask.set(HeadId{0, 0}, false);
  mask.set(HeadId{1, 2}, false);
  mask.set(HeadId{1, 3}, false);
  const Transformer cut = compact(model, mask);
  EXPECT_EQ(cut.layout().blocks()[0].heads, 3);
  EXPECT_EQ(cut.layout().blocks()[0].kvHeads, 2);
  EXPECT_EQ(cut.layout().blocks()[1].heads, 2);
  EXPECT_EQ(cut.layout().blocks()[1].kvHeads, 1);
}

TEST(Surgery, prunedModelEqualsMaskedModelForEveryKindOfMask) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 3, 4});
  const ModelInput batch = test::randomBatch(4, 12);
  for (int keep = 0; keep <= 11; ++keep)
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const HeadMask mask = keepRandom(model.layout(), keep, seed);
      const torch::Tensor expected = maskedLogits(model, batch, mask);
      EXPECT_LE(test::largestDifference(compact(model, mask).forward(batch).logits, expected), 1e-5) << keep;
      EXPECT_LE(
          test::largestDifference(Transformer(model.config(), zeroed(model, mask)).forward(batch).logits, expected),
          1e-5)
          << keep;
    }
}

TEST(Surgery, emptiedBlocksStayLegalAndCanBePrunedAgain) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 4, 4});
  const ModelInput batch = test::randomBatch(2, 8);
  HeadMask first(model.layout());
  for (int head = 0; head < 4; ++head) first.set(HeadId{1, head}, false);
  first.set(HeadId{0, 2}, false);
  const Transformer once = compact(model, first);
  EXPECT_EQ(once.layout().headsIn(1), 0);
  HeadMask second(once.layout());
  second.set(HeadId{0, 2}, false);  // the fourth head of the unpruned model
  const Transformer twice = compact(once, second);
  HeadMask both = first;
  both.set(HeadId{0, 3}, false);
  EXPECT_EQ(twice.config().originalHeads[0], (std::vector<int>{0, 1}));
  EXPECT_LE(test::largestDifference(twice.forward(batch).logits, maskedLogits(model, batch, both)), 1e-5);
}

TEST(Surgery, keyValueHeadsGoWithTheirLastReader) {
  const torch::NoGradGuard noGrad;
  const Transformer model =
      test::openTransformer(test::fixture("llama_gqa"));  // 4 layers of 4 heads on 2 key/value heads
  const ModelInput input = test::openInputs(test::fixture("llama_gqa"));
  HeadMask mask(model.layout());
  mask.set(HeadId{0, 0}, false);                                         // 1 and 2 readers left
  for (const int head : {0, 1, 2}) mask.set(HeadId{1, head}, false);     // one group left, with one reader
  for (const int head : {0, 1, 2, 3}) mask.set(HeadId{2, head}, false);  // none
  for (const int head : {0, 3}) mask.set(HeadId{3, head}, false);        // one reader a group
  const Transformer once = compact(model, mask);
  const std::vector<AttentionBlock>& left = once.layout().blocks();
  EXPECT_EQ(left[0].kvHeads, 2);
  EXPECT_EQ(left[0].kvOf, (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(left[1].kvHeads, 1);
  EXPECT_EQ(left[2].kvHeads, 0);
  EXPECT_EQ(left[3].kvHeads, 2);
  EXPECT_TRUE(left[3].kvOf.empty());
  EXPECT_EQ(once.layout().keyValueHeadCount(), mask.keptKeyValueCount());
  EXPECT_EQ(once.parameters().at("decoder.0.self.key.weight").size(0), 2 * 16);
  EXPECT_EQ(once.parameters().at("decoder.1.self.key.weight").size(0), 16);
  EXPECT_LE(test::largestDifference(once.forward(input).logits, maskedLogits(model, input, mask)), 1e-5);

  HeadMask again(once.layout());  // the reader of the first group goes, then the group has none
  again.set(HeadId{0, 0}, false);
  HeadMask both = mask;
  both.set(HeadId{0, 1}, false);
  const Transformer twice = compact(once, again);
  EXPECT_EQ(twice.layout().blocks()[0].kvHeads, 1);
  EXPECT_LE(test::largestDifference(twice.forward(input).logits, maskedLogits(model, input, both)), 1e-5);
}

TEST(Surgery, parametersLeftCountsWhatCompactHolds) {
  const Transformer model = test::randomBert({4, 4});
  for (int keep = 0; keep <= 8; ++keep) {
    const HeadMask mask = keepRandom(model.layout(), keep, 9);
    EXPECT_EQ(parametersLeft(model.config(), mask), compact(model, mask).parameters().count());
  }
}

TEST(Surgery, leavesTheModelItCutsUntouched) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 4});
  const std::string before = weightsSha256(model.parameters(), {});
  (void)compact(model, keepRandom(model.layout(), 3, 1));
  (void)zeroed(model, keepRandom(model.layout(), 3, 1));
  EXPECT_EQ(weightsSha256(model.parameters(), {}), before);
}

}  // namespace
}  // namespace headroom
