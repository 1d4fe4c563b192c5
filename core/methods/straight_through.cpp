// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/straight_through.h"

#include <algorithm>
#include <cmath>

#include "core/base/head_mask.h"
#include "core/methods/gate_training.h"

namespace headroom {

namespace {

constexpr std::uint64_t kStraightThroughStream = 0x737465;
constexpr double kFrom = 0.1, kTo = 0.7;  // shares of the run between which movement pruning closes heads

class StraightThrough final : public GateMethod {
 public:
  StraightThrough(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length, bool gradual)
      : m_settings(settings),
        m_length(length),
        m_gradual(gradual),
        m_scores(static_cast<size_t>(layout.headCount()), 0.0),
        m_optimiser(m_scores.size(), gateBeta2(settings, length)) {
    Rng rng(settings.seed, kStraightThroughStream);
    if (!gradual) m_scores = xavierUniform(layout, rng);
  }

  const std::vector<double>& logAlpha() const override { return m_scores; }
  std::vector<double> openProbabilities() const override { return hardGates(); }
  std::optional<double> choiceProbability() const override { return openNow() == m_settings.keep ? 1 : 0; }
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

  std::vector<double> headScores() const override { return m_scores; }
  void setHeadScores(std::span<const double> scores) override { m_scores.assign(scores.begin(), scores.end()); }

  State save() const override { return methodState({{"log_alpha", m_scores}}, m_optimiser); }

  void restore(const State& state) override {
    m_scores = checkpointArray(state, "log_alpha", m_scores.size());
    (void)restoreOptimiser(state, m_optimiser, m_scores.size());
  }

 private:
  int openNow() const {
    if (!m_gradual) return m_settings.keep;
    const double left = 1 - std::clamp((shareDone(m_optimiser, m_length) - kFrom) / (kTo - kFrom), 0.0, 1.0);
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
