// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_attention.h"

#if TORCH_VERSION_MAJOR < 2

#include <ATen/Parallel.h>
#include <dlfcn.h>

#include <algorithm>
#include <vector>

#include "core/model/softmax_row.h"

namespace headroom {

namespace {

constexpr std::int64_t kScores =
    32 * 1024;  ///< scores of one thread at a time: 128 KB, which stays in its second cache

using Sgemm = void (*)(const char* transposeA, const char* transposeB, const int* m, const int* n, const int* k,
                       const float* alpha, const float* a, const int* lda, const float* b, const int* ldb,
                       const float* beta, float* c, const int* ldc);

/// The BLAS that LibTorch has brought along; nullptr where it has none. Called by a thread of LibTorch's it works
/// alone.
Sgemm sgemm() {
  static const auto found = reinterpret_cast<Sgemm>(::dlsym(RTLD_DEFAULT, "sgemm_"));
  return found;
}

/// What the work on one head of one text needs of a tensor: where it begins and how far its rows are apart.
struct Rows {
  float* first = nullptr;
  std::int64_t stride = 0;
};

Rows rowsOf(const torch::Tensor& x, std::int64_t text, std::int64_t head) {
  return {x.data_ptr<float>() + text * x.stride(0) + head * x.stride(1), x.stride(2)};
}

/// Row-major c = factor a b^T, or factor a b, told to a column-major library: c is [rows, columns], `inner` the length
/// of the sums.
void product(const Rows& a, const Rows& b, bool transposed, std::int64_t rows, std::int64_t columns, std::int64_t inner,
             float factor, const Rows& c) {
  const int m = static_cast<int>(columns), n = static_cast<int>(rows), k = static_cast<int>(inner);
  const int lda = static_cast<int>(b.stride), ldb = static_cast<int>(a.stride), ldc = static_cast<int>(c.stride);
  const float zero = 0;
  sgemm()(transposed ? "T" : "N", "N", &m, &n, &k, &factor, b.first, &lda, a.first, &ldb, &zero, c.first, &ldc);
}

/// The row of the bias for a query; steps over dimensions of size 1 stand still.
const float* biasRow(const torch::Tensor& bias, std::int64_t text, std::int64_t head, std::int64_t query) {
  if (!bias.defined()) return nullptr;
  const auto step = [&](int dimension, std::int64_t index) {
    return bias.size(dimension) > 1 ? index * bias.stride(dimension) : 0;
  };
  return bias.data_ptr<float>() + step(0, text) + step(1, head) + step(2, query);
}

}  // namespace

bool canFuseAttention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                      const torch::Tensor& bias) {
  if (torch::GradMode::is_enabled() || !sgemm()) return false;
  // A head's values side by side, rows one after the other: what the library asks for.
  for (const torch::Tensor* x : {&query, &key, &value})
    if (!x->device().is_cpu() || x->scalar_type() != torch::kFloat32 || x->stride(3) != 1 || x->stride(2) < x->size(3))
      return false;
  return !bias.defined() || (bias.dim() == 4 && bias.scalar_type() == torch::kFloat32 && bias.size(3) == key.size(2) &&
                             bias.stride(3) == 1);
}

torch::Tensor fusedAttention(const torch::Tensor& query, const torch::Tensor& key, const torch::Tensor& value,
                             const torch::Tensor& bias, double scale) {
  const std::int64_t texts = query.size(0), heads = query.size(1), queries = query.size(2), keys = key.size(2),
                     size = query.size(3);
  // Rows of all heads side by side: joining the heads afterwards costs nothing.
  const torch::Tensor output = torch::empty({texts, queries, heads, size}, query.options()).transpose(1, 2);
  const std::int64_t tile =
      std::clamp<std::int64_t>(kScores / std::max<std::int64_t>(keys, 1), 1, std::max<std::int64_t>(queries, 1));
  at::parallel_for(0, texts * heads, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scores(static_cast<size_t>(tile * keys));
    for (std::int64_t each = begin; each < end; ++each) {
      const std::int64_t text = each / heads, head = each % heads;
      const Rows q = rowsOf(query, text, head), k = rowsOf(key, text, head), v = rowsOf(value, text, head),
                 out = rowsOf(output, text, head);
      for (std::int64_t from = 0; from < queries; from += tile) {
        const std::int64_t rows = std::min(tile, queries - from);
        const Rows some{q.first + from * q.stride, q.stride}, part{scores.data(), keys};
        product(some, k, true, rows, keys, size, static_cast<float>(scale), part);
        for (std::int64_t row = 0; row < rows; ++row)
          softmaxRow(scores.data() + row * keys, biasRow(bias, text, head, from + row), keys);
        product(part, v, false, rows, size, keys, 1.0f, {out.first + from * out.stride, out.stride});
      }
    }
  });
  return output;
}

}  // namespace headroom

#endif
