// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/prune/surgery.h"

#include <gtest/gtest.h>

#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

torch::Tensor maskedLogits(const Transformer& model, const TokenBatch& batch, const HeadMask& mask) {
  ForwardOptions options;
  const std::vector<float> gates(mask.bytes().begin(), mask.bytes().end());
  options.gates = torch::tensor(gates);
  return model.forward(batch, options).logits;
}

TEST(Surgery, prunedModelEqualsMaskedModelForEveryKindOfMask) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 3, 4});
  const TokenBatch batch = test::randomBatch(4, 12);
  for (int keep = 0; keep <= 11; ++keep)
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const HeadMask mask = keepRandom(model.layout(), keep, seed);
      const torch::Tensor expected = maskedLogits(model, batch, mask);
      EXPECT_LE(test::largestDifference(compact(model, mask).forward(batch).logits, expected), 1e-5) << keep;
      EXPECT_LE(test::largestDifference(Transformer(model.config(), zeroed(model, mask)).forward(batch).logits, expected), 1e-5) << keep;
    }
}

TEST(Surgery, emptiedBlocksStayLegalAndCanBePrunedAgain) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::randomBert({4, 4, 4});
  const TokenBatch batch = test::randomBatch(2, 8);
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
