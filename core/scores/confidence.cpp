// SPDX-License-Identifier: GPL-3.0-or-later
// Voita et al. 2019, Behnke & Heafield 2020: the mean over content tokens of a head's largest attention weight.
#include "core/train/confidence.h"

#include "core/scores/one_pass.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

class Confidence final : public PassScore {
 public:
  explicit Confidence(const ScoreInput& input)
      : m_input(input), m_sums(static_cast<size_t>(input.model.layout().headCount()), 0) {}

  PassNeeds needs() const override { return {.maps = true}; }

  void seeMaps(const EvaluationBatch& batch, int block, const torch::Tensor& maps) override {
    const HeadLayout& layout = m_input.model.layout();
    const ContentTokens content = contentTokens(batch, m_input.model.config());
    const std::vector<double> heads =
        attentionConfidence(maps, content, layout.blocks()[static_cast<size_t>(block)].id);
    for (size_t head = 0; head < heads.size(); ++head)
      m_sums[static_cast<size_t>(layout.firstOf(block)) + head] +=
          static_cast<double>(batch.examples.size()) * heads[head];
  }

  HeadScores finish() override {
    HeadScores scores;
    for (const double sum : m_sums)
      scores.values.push_back(sum / static_cast<double>(std::max<std::int64_t>(1, m_input.calibration.exampleCount())));
    requireFinite(scores.values, "confidence");
    return scores;
  }

 private:
  const ScoreInput& m_input;
  std::vector<double> m_sums;
};

}  // namespace

std::unique_ptr<PassScore> makeConfidence(const ScoreInput& input) { return std::make_unique<Confidence>(input); }
HeadScores confidenceScores(const ScoreInput& input) { return inOnePass(input, makeConfidence(input)); }

}  // namespace headroom
