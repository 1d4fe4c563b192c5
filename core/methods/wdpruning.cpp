// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/wdpruning.h"

#include <algorithm>
#include <cmath>

#include "core/base/head_mask.h"
#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/methods/hard_concrete_method.h"

namespace headroom {

namespace {

constexpr std::uint64_t kStream = 0x776470;
constexpr double kFirstShare =
    3;  // logit of the share at the beginning: all heads open (theirs is 10, too far for a short run)
constexpr double kMultiplierRate = 60;  // how far the multiplier would go in a run with all heads too many

class WdPruning final : public GateMethod {
 public:
  WdPruning(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : m_layout(layout),
        m_settings(settings),
        m_length(length),
        m_values(static_cast<size_t>(layout.headCount() + layout.blockCount()), kFirstShare),
        m_optimiser(m_values.size(), gateBeta2(settings, length)) {
    Rng rng(settings.seed, kStream);
    for (int head = 0; head < layout.headCount(); ++head)
      m_values[static_cast<size_t>(head)] = 0.01 * (2 * rng.uniform() - 1);  // theirs are 0, which ties
    rank();
  }

  const std::vector<double>& logAlpha() const override { return m_margins; }
  std::vector<double> openProbabilities() const override { return hardGates(); }
  std::vector<double> draw() override { return m_drawn = hardGates(); }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    const double open = openCount(),
                 tooMany = std::max(0.0, open - m_settings.keep) / std::max(1, m_layout.headCount());
    terms = {};
    terms.penalty = tooMany;
    terms.lambda = m_multiplier;
    terms.open = open;
    terms.closed = m_layout.headCount() - open;
    m_gradient.assign(m_values.size(), 0.0);
    for (int head = 0; head < m_layout.headCount(); ++head)
      m_gradient[static_cast<size_t>(head)] = taskGradient[static_cast<size_t>(head)];
    for (int block = 0; block < m_layout.blockCount(); ++block) {
      double useful = 0;
      for (int head = m_layout.firstOf(block); head < m_layout.firstOf(block + 1); ++head)
        useful += taskGradient[static_cast<size_t>(head)] * m_drawn[static_cast<size_t>(head)];
      const double rho = share(block), heads = m_layout.headsIn(block);
      m_gradient[place(block)] = rho * (1 - rho) * (useful + (tooMany > 0 ? m_multiplier * heads : 0));
    }
    return {m_gradient.begin(), m_gradient.begin() + m_layout.headCount()};
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    // The trainer may have shortened the heads' gradient: the shares' is shortened alike.
    const double before = norm(std::span(m_gradient).first(gradient.size())),
                 factor = before > 0 ? norm(gradient) / before : 1;
    for (double& value : m_gradient) value *= factor;
    m_optimiser.step(m_values, m_gradient, reachingGateRate(m_settings, m_length) * rateFactor);
    const double tooMany =
        std::max(0.0, static_cast<double>(openCount()) - m_settings.keep) / std::max(1, m_layout.headCount());
    m_multiplier += kMultiplierRate / static_cast<double>(std::max<std::int64_t>(1, m_length.steps)) * tooMany;
    rank();
  }

  bool wantsConfidence(std::int64_t) const override { return false; }
  bool rawConfidence() const override { return false; }
  void observe(std::span<const double>) override {}
  std::vector<TrainEvent> endStep(std::int64_t) override { return {}; }

  State save() const override {
    const GateOptimiser::Moments& moments = m_optimiser.moments();
    return {{{"values", m_values},
             {"log_alpha", m_margins},
             {"moment1", moments.first},
             {"moment2", moments.second},
             {"scalars", {static_cast<double>(moments.steps), m_multiplier}}},
            {}};
  }

  void restore(const State& state) override {
    const size_t n = m_values.size();
    m_values = checkpointArray(state, "values", n);
    const std::vector<double> scalars = checkpointArray(state, "scalars", 2);
    m_optimiser.restore({checkpointArray(state, "moment1", n), checkpointArray(state, "moment2", n),
                         static_cast<std::int64_t>(scalars[0])});
    m_multiplier = scalars[1];
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
  std::vector<double> m_drawn, m_gradient;
  double m_multiplier = 0;
};

}  // namespace

std::unique_ptr<GateMethod> makeWdPruning(const HeadLayout& layout, const TrainSettings& settings,
                                          const RunLength& length) {
  return std::make_unique<WdPruning>(layout, settings, length);
}

}  // namespace headroom
