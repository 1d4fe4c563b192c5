// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/straight_through.h"

#include <algorithm>
#include <cmath>

#include "core/base/head_mask.h"
#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/methods/hard_concrete_method.h"

namespace headroom {

namespace {

constexpr std::uint64_t kStream = 0x737465;
constexpr double kFrom = 0.1, kTo = 0.7;  // shares of the run between which movement pruning closes heads

class StraightThrough final : public GateMethod {
 public:
  StraightThrough(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length, bool gradual)
      : m_settings(settings),
        m_length(length),
        m_gradual(gradual),
        m_optimiser(static_cast<size_t>(layout.headCount()), gateBeta2(settings, length)) {
    Rng rng(settings.seed, kStream);
    for (const AttentionBlock& block : layout.blocks())
      for (int head = 0; head < block.heads; ++head)
        m_scores.push_back(gradual ? 0.0 : std::sqrt(6.0 / (block.heads + 1)) * (2 * rng.uniform() - 1));
  }

  const std::vector<double>& logAlpha() const override { return m_scores; }
  std::vector<double> openProbabilities() const override { return hardGates(); }
  std::vector<double> draw() override { return hardGates(); }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    terms = {};
    terms.open = openNow();
    terms.closed = static_cast<double>(m_scores.size()) - terms.open;
    return {taskGradient.begin(), taskGradient.end()};
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_optimiser.step(m_scores, gradient, reachingGateRate(m_settings, m_length) * rateFactor);
  }

  bool wantsConfidence(std::int64_t) const override { return false; }
  bool rawConfidence() const override { return false; }
  void observe(std::span<const double>) override {}
  std::vector<TrainEvent> endStep(std::int64_t) override { return {}; }

  State save() const override {
    const GateOptimiser::Moments& moments = m_optimiser.moments();
    return {{{"log_alpha", m_scores},
             {"moment1", moments.first},
             {"moment2", moments.second},
             {"scalars", {static_cast<double>(moments.steps)}}},
            {}};
  }

  void restore(const State& state) override {
    const size_t n = m_scores.size();
    m_scores = checkpointArray(state, "log_alpha", n);
    m_optimiser.restore({checkpointArray(state, "moment1", n), checkpointArray(state, "moment2", n),
                         static_cast<std::int64_t>(checkpointArray(state, "scalars", 1)[0])});
  }

 private:
  int openNow() const {
    if (!m_gradual) return m_settings.keep;
    const double at = static_cast<double>(m_optimiser.moments().steps) /
                      static_cast<double>(std::max<std::int64_t>(1, m_length.steps));
    const double left = 1 - std::clamp((at - kFrom) / (kTo - kFrom), 0.0, 1.0);
    const double heads = static_cast<double>(m_scores.size());
    return static_cast<int>(std::lround(m_settings.keep + (heads - m_settings.keep) * left * left * left));
  }

  std::vector<double> hardGates() const {
    std::vector<double> gates(m_scores.size(), 0.0);
    const std::vector<int> order = keepOrder(m_scores);
    for (int i = 0; i < openNow(); ++i) gates[static_cast<size_t>(order[static_cast<size_t>(i)])] = 1;
    return gates;
  }

  TrainSettings m_settings;
  RunLength m_length;
  bool m_gradual;
  std::vector<double> m_scores;
  GateOptimiser m_optimiser;
};

}  // namespace

std::unique_ptr<GateMethod> makeStraightThrough(const HeadLayout& layout, const TrainSettings& settings,
                                                const RunLength& length) {
  return std::make_unique<StraightThrough>(layout, settings, length, false);
}

std::unique_ptr<GateMethod> makeMovement(const HeadLayout& layout, const TrainSettings& settings,
                                         const RunLength& length) {
  return std::make_unique<StraightThrough>(layout, settings, length, true);
}

}  // namespace headroom
