// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/runtime/spatten.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace headroom {

namespace {

class Cascade final : public RuntimeGates {
 public:
  Cascade(const ModelConfig& config, int keep) {
    std::vector<int> heads;
    for (int block = 0; block < config.heads.blockCount(); ++block) {
      m_indices.push_back(
          torch::tensor(std::vector<std::int64_t>(config.originalHeads[static_cast<size_t>(block)].begin(),
                                                  config.originalHeads[static_cast<size_t>(block)].end()),
                        torch::kInt64));
      for (const int index : config.originalHeads[static_cast<size_t>(block)])
        m_width = std::max<std::int64_t>(m_width, index + 1);
      heads.push_back(config.heads.headsIn(block));
    }
    m_counts = cascadeCounts(heads, keep);
  }

  void begin(const EvaluationBatch& batch) override {
    m_mask = batch.input.mask;
    m_sums = m_alive = torch::Tensor();
  }

  torch::Tensor gates(int layer, const torch::Tensor&, const torch::Tensor& outputs) override {
    const torch::Tensor indices = m_indices[static_cast<size_t>(layer)].to(outputs.device());
    torch::Tensor sizes = outputs.abs().sum(-1);
    if (m_mask.defined()) sizes = sizes * m_mask.to(sizes.scalar_type()).unsqueeze(1);
    if (!m_sums.defined()) {
      m_sums = torch::zeros({outputs.size(0), m_width}, outputs.options());
      m_alive = torch::ones_like(m_sums);
    }
    m_sums = m_sums.index_add(1, indices, sizes.sum(-1));
    // The dead have nothing; of the living the best stay.
    const torch::Tensor here = (m_sums * m_alive - (1 - m_alive)).index_select(1, indices);
    const int count = m_counts[static_cast<size_t>(layer)];
    const torch::Tensor best = std::get<1>(here.topk(count, 1));
    const torch::Tensor kept = torch::zeros_like(here).scatter(1, best, 1) * here.ge(0).to(here.scalar_type());
    m_alive = torch::zeros_like(m_alive).index_copy(1, indices, kept);
    return kept;
  }

 private:
  std::vector<torch::Tensor> m_indices;  ///< of each layer's heads in the unpruned layer, int64 [heads]
  std::vector<int> m_counts;
  std::int64_t m_width = 0;
  torch::Tensor m_mask;
  torch::Tensor m_sums, m_alive;  ///< [rows, heads of the unpruned layer]
};

}  // namespace

std::vector<int> cascadeCounts(const std::vector<int>& heads, int keep) {
  const size_t layers = heads.size();
  std::vector<int> most = heads;  // no layer can keep more than the one before it has
  for (size_t layer = 1; layer < layers; ++layer) most[layer] = std::min(most[layer], most[layer - 1]);
  const double mean = static_cast<double>(keep) / static_cast<double>(std::max<size_t>(1, layers));
  std::vector<int> counts(layers, 0);
  int left = std::min(keep, std::accumulate(most.begin(), most.end(), 0));
  for (size_t layer = 0; layer < layers; ++layer) {
    const double place = layers > 1 ? static_cast<double>(layer) / static_cast<double>(layers - 1) : 0.5;
    counts[layer] = std::min({most[layer], static_cast<int>(std::floor(mean * (1.5 - place))), left});
    left -= counts[layer];
  }
  // What rounding and full layers left over goes to the first layers that have room below the layer before them.
  while (left > 0)
    for (size_t layer = 0; layer < layers && left > 0; ++layer)
      if (counts[layer] < most[layer] && (layer == 0 || counts[layer] < counts[layer - 1])) {
        ++counts[layer];
        --left;
      }
  return counts;
}

std::unique_ptr<RuntimeGates> makeCascade(const ModelConfig& config, int keep) {
  requireEncoderOnly(config, "spatten");
  return std::make_unique<Cascade>(config, keep);
}

}  // namespace headroom
