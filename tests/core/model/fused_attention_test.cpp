// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/model/softmax_row.h"

namespace headroom {
namespace {

TEST(SoftmaxRow, equalsTheExactOneAtEveryLength) {
  for (const int count : {1, 3, 15, 16, 17, 40, 129}) {
    std::vector<float> row, bias;
    std::vector<double> exact;
    double sum = 0;
    for (int i = 0; i < count; ++i) {
      row.push_back(static_cast<float>(20 * std::sin(1.7 * i)));
      bias.push_back(i % 5 == 4 ? std::numeric_limits<float>::lowest() : 0.25F);
      exact.push_back(i % 5 == 4 ? 0 : std::exp(static_cast<double>(row.back()) + 0.25));
      sum += exact.back();
    }
    softmaxRow(row.data(), bias.data(), count);
    for (int i = 0; i < count; ++i)
      EXPECT_NEAR(row[static_cast<size_t>(i)], exact[static_cast<size_t>(i)] / sum,
                  1e-6 * exact[static_cast<size_t>(i)] / sum + 1e-12);
  }
}

TEST(SoftmaxRow, keepsWhatIsNoNumber) {
  std::vector<float> row(20, 1.0F);
  row[7] = std::numeric_limits<float>::quiet_NaN();
  softmaxRow(row.data(), nullptr, 20);
  for (const float value : row) EXPECT_TRUE(std::isnan(value));
}

#if TORCH_VERSION_MAJOR < 2
TEST(FusedAttention, equalsThePlainOne) {
  const torch::NoGradGuard noGrad;
  torch::manual_seed(3);
  for (const auto& [queries, keys] : {std::pair<int, int>{7, 7}, {1, 9}, {300, 300}}) {
    const auto rows = [&](int length) { return torch::randn({2, length, 3, 8}).transpose(1, 2); };
    const torch::Tensor q = rows(queries), k = rows(keys), v = rows(keys);
    for (const torch::Tensor& bias : {torch::Tensor(), torch::randn({2, 1, 1, keys}),
                                      torch::randn({1, 3, queries, keys}), torch::randn({1, 1, queries, keys})}) {
      ASSERT_TRUE(canFuseAttention(q, k, v, bias));
      torch::Tensor scores = torch::matmul(q * 0.3, k.transpose(-1, -2));
      if (bias.defined()) scores = scores + bias;
      const torch::Tensor expected = torch::matmul(torch::softmax(scores, -1), v);
      EXPECT_LT((fusedAttention(q, k, v, bias, 0.3) - expected).abs().max().item<double>(), 2e-6);
    }
  }
}
#endif

}  // namespace
}  // namespace headroom
