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
    m_counts = cascadeCounts(heads, static_cast<int>(m_width), keep);
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
    m_alive = m_alive.index_copy(1, indices, kept);  // a head that this layer lacks is no less alive for it
    return kept;
  }

 private:
  std::vector<torch::Tensor> m_indices;  ///< of each layer's heads in the unpruned layer, int64 [heads]
  std::vector<int> m_counts;
  std::int64_t m_width = 0;
  torch::Tensor m_mask;
  torch::Tensor m_sums, m_alive;  ///< [rows, heads of the unpruned layer]
};

std::vector<int> liveLayers(const std::vector<int>& heads) {
  std::vector<int> live;
  for (size_t layer = 0; layer < heads.size(); ++layer)
    if (heads[layer] > 0) live.push_back(static_cast<int>(layer));
  return live;
}

}  // namespace

std::vector<int> cascadeCounts(const std::vector<int>& heads, int width, int keep) {
  const std::vector<int> live = liveLayers(heads);
  const double mean = static_cast<double>(keep) / static_cast<double>(std::max<size_t>(1, live.size()));
  std::vector<int> counts(heads.size(), 0);
  // One head after another, to the layer that lacks most of its share and may still grow.
  for (int given = 0; given < keep; ++given) {
    int dead = 0, next = -1;  // at worst, before each layer
    double most = 0;
    for (size_t i = 0; i < live.size(); ++i) {
      const auto layer = static_cast<size_t>(live[i]);
      const double place = live.size() > 1 ? static_cast<double>(i) / static_cast<double>(live.size() - 1) : 0.5;
      const double lack = mean * (1.5 - place) - counts[layer];
      if (counts[layer] < heads[layer] - dead && (next < 0 || lack > most)) {
        next = live[i];
        most = lack;
      }
      // Those of the dead that the layer must have, as it lacks too few to be without them; the others of its heads
      // that it closes die too.
      const int deadHere = std::max(0, dead - (width - heads[layer]));
      dead = std::min(width, dead + heads[layer] - deadHere - counts[layer]);
    }
    ++counts[static_cast<size_t>(next)];
  }
  return counts;
}

std::unique_ptr<RuntimeGates> makeCascade(const ModelConfig& config, int keep) {
  requireEncoderOnly(config, "spatten");
  return std::make_unique<Cascade>(config, keep);
}

}  // namespace headroom
