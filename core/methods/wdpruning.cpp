// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/wdpruning.h"

#include <algorithm>
#include <cmath>

#include "core/base/head_mask.h"
#include "core/methods/gate_training.h"

namespace headroom {

namespace {

constexpr std::uint64_t kWdpruningStream = 0x776470;
/// Logit of the share at the beginning: all heads open (theirs is 10, too far for a short run).
constexpr double kFirstShare = 3;
constexpr double kBudgetRate = 60;  // how far the multiplier would go in a run with all heads too many

class WdPruning final : public GateMethod {
 public:
  WdPruning(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : m_layout(layout),
        m_settings(settings),
        m_length(length),
        m_values(static_cast<size_t>(layout.headCount() + layout.blockCount()), kFirstShare),
        m_optimiser(m_values.size(), gateBeta2(settings, length)) {
    Rng rng(settings.seed, kWdpruningStream);
    for (int head = 0; head < layout.headCount(); ++head)
      m_values[static_cast<size_t>(head)] = 0.01 * (2 * rng.uniform() - 1);  // theirs are 0, which ties
    rank();
  }

  const std::vector<double>& logAlpha() const override { return m_margins; }
  std::vector<double> openProbabilities() const override { return hardGates(); }
  std::optional<double> choiceProbability() const override { return openCount() == m_settings.keep ? 1 : 0; }
  std::vector<double> draw() override { return m_drawn = hardGates(); }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    const int heads = m_layout.headCount();
    terms = {};
    terms.penalty = heads * tooMany();
    terms.lambda = m_multiplier;
    terms.open = openCount();
    terms.closed = heads - terms.open;
    std::vector<double> gradient(taskGradient.begin(), taskGradient.end());
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      double useful = 0;
      for (int head = m_layout.firstOf(block); head < m_layout.firstOf(block + 1); ++head)
        useful += taskGradient[static_cast<size_t>(head)] * m_drawn[static_cast<size_t>(head)];
      const double rho = share(block);
      gradient.push_back(rho * (1 - rho) * (useful + (terms.penalty > 0 ? m_multiplier * m_layout.headsIn(block) : 0)));
    }
    return gradient;
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_optimiser.step(m_values, gradient, reachingGateRate(m_settings, m_length) * rateFactor);
    m_multiplier += kBudgetRate / static_cast<double>(std::max<std::int64_t>(1, m_length.steps)) * tooMany();
    rank();
  }

  std::vector<double> headScores() const override {
    return {m_values.begin(), m_values.begin() + m_layout.headCount()};
  }
  void setHeadScores(std::span<const double> scores) override {
    std::copy(scores.begin(), scores.end(), m_values.begin());
    rank();
  }

  State save() const override {
    return methodState({{"values", m_values}, {"log_alpha", m_margins}}, m_optimiser, {m_multiplier});
  }

  void restore(const State& state) override {
    m_values = checkpointArray(state, "values", m_values.size());
    m_multiplier = restoreOptimiser(state, m_optimiser, m_values.size(), 1)[0];
    rank();
  }

 private:
  size_t place(int block) const { return static_cast<size_t>(m_layout.headCount() + block); }
  double share(int block) const { return 1 / (1 + std::exp(-m_values[place(block)])); }
  int openIn(int block) const {
    const int heads = m_layout.headsIn(block);
    return heads == 0 ? 0 : std::clamp(static_cast<int>(std::ceil(share(block) * heads)), 1, heads);
  }
  int openCount() const {
    int open = 0;
    for (int block = 0; block < m_layout.blockCount(); ++block) open += openIn(block);
    return open;
  }

  /// Heads that are open beyond K, as a share of all.
  double tooMany() const {
    return std::max(0, openCount() - m_settings.keep) / static_cast<double>(std::max(1, m_layout.headCount()));
  }

  std::vector<double> hardGates() const {
    std::vector<double> gates;
    for (int block = 0; block < m_layout.blockCount(); ++block)
      for (int head = m_layout.firstOf(block); head < m_layout.firstOf(block + 1); ++head)
        gates.push_back(m_ranks[static_cast<size_t>(head)] < openIn(block) ? 1.0 : 0.0);
    return gates;
  }

  void rank() {
    m_ranks.assign(static_cast<size_t>(m_layout.headCount()), 0);
    m_margins.assign(static_cast<size_t>(m_layout.headCount()), 0.0);
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      const std::span<const double> scores(m_values.data() + m_layout.firstOf(block),
                                           static_cast<size_t>(m_layout.headsIn(block)));
      const std::vector<int> order = keepOrder(scores);
      for (size_t i = 0; i < order.size(); ++i) {
        const auto head = static_cast<size_t>(m_layout.firstOf(block) + order[i]);
        m_ranks[head] = static_cast<int>(i);
        m_margins[head] =
            share(block) * m_layout.headsIn(block) - static_cast<double>(i) - 0.5 + (i == 0 ? m_layout.headCount() : 0);
      }
    }
  }

  HeadLayout m_layout;
  TrainSettings m_settings;
  RunLength m_length;
  std::vector<double> m_values;  ///< the score of every head, then the logit of every block's share
  GateOptimiser m_optimiser;
  std::vector<int> m_ranks;  ///< of every head in its block, 0 = the best
  std::vector<double> m_margins;
  std::vector<double> m_drawn;
  double m_multiplier = 0;
};

}  // namespace

std::unique_ptr<GateMethod> makeWdPruning(const HeadLayout& layout, const TrainSettings& settings,
                                          const RunLength& length) {
  return std::make_unique<WdPruning>(layout, settings, length);
}

}  // namespace headroom
