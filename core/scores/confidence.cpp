// SPDX-License-Identifier: GPL-3.0-or-later
// Voita et al. 2019, Behnke & Heafield 2020: the mean over content tokens of a head's largest attention weight.
#include "core/train/confidence.h"

#include <algorithm>

#include "core/scores/one_pass.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

class Confidence final : public PassScore {
 public:
  explicit Confidence(const ScoreInput& input)
      : m_input(input),
        m_sums(static_cast<size_t>(input.model.layout().headCount()), 0),
        m_tokens(static_cast<size_t>(input.model.layout().blockCount()), 0) {}

  PassNeeds needs() const override { return {.maps = true}; }

  void seeMaps(const EvaluationBatch& batch, int block, const torch::Tensor& maps) override {
    const HeadLayout& layout = m_input.model.layout();
    const ContentTokens content = contentTokens(batch, m_input.model.config());
    const BlockId& id = layout.blocks()[static_cast<size_t>(block)].id;
    const std::vector<double> heads = attentionConfidence(maps, content, id);
    // A mean over tokens, however they are batched: micro-batches are of examples of one length.
    const double tokens = (id.stack == Stack::Encoder ? content.source : content.target).sum().item<double>();
    m_tokens[static_cast<size_t>(block)] += tokens;
    for (size_t head = 0; head < heads.size(); ++head)
      m_sums[static_cast<size_t>(layout.firstOf(block)) + head] += tokens * heads[head];
  }

  HeadScores finish() override {
    const HeadLayout& layout = m_input.model.layout();
    HeadScores scores;
    for (int head = 0; head < layout.headCount(); ++head)
      scores.values.push_back(m_sums[static_cast<size_t>(head)] /
                              std::max(1.0, m_tokens[static_cast<size_t>(layout.at(head).block)]));
    requireFinite(scores.values, "confidence");
    return scores;
  }

 private:
  const ScoreInput& m_input;
  std::vector<double> m_sums, m_tokens;  ///< by head, and by block
};

}  // namespace

std::unique_ptr<PassScore> makeConfidence(const ScoreInput& input) { return std::make_unique<Confidence>(input); }
HeadScores confidenceScores(const ScoreInput& input) { return inOnePass(input, makeConfidence(input)); }

}  // namespace headroom
