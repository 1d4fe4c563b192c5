// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/dsp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/methods/hard_concrete_method.h"

namespace headroom {

namespace {

constexpr std::uint64_t kStream = 0x647370;
constexpr double kHot = 1000, kCold = 1e-8;  // theirs
constexpr double kAnnealed = 0.8;            // share of the steps over which the temperature falls
constexpr double kTiny = std::numeric_limits<double>::min();

class Dsp final : public GateMethod {
 public:
  Dsp(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : m_settings(settings),
        m_length(length),
        m_rng(settings.seed, kStream),
        m_optimiser(static_cast<size_t>(layout.headCount()), gateBeta2(settings, length)) {
    for (const AttentionBlock& block : layout.blocks())
      for (int head = 0; head < block.heads; ++head)
        m_scores.push_back(std::sqrt(6.0 / (block.heads + 1)) * (2 * m_rng.uniform() - 1));
    m_drawn.assign(m_scores.size(), 1.0);
  }

  const std::vector<double>& logAlpha() const override { return m_scores; }
  std::vector<double> openProbabilities() const override { return m_drawn; }

  std::vector<double> draw() override {
    std::vector<double> noisy = m_scores;
    for (double& score : noisy) score -= std::log(-std::log(std::clamp(m_rng.uniform(), 1e-12, 1 - 1e-12)));
    m_drawn = m_choice.forward(noisy, m_settings.keep, temperature());
    return m_drawn;
  }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    terms = {};
    terms.open = m_settings.keep;
    terms.closed = static_cast<double>(m_scores.size()) - terms.open;
    return m_choice.backward(taskGradient);
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_optimiser.step(m_scores, gradient, reachingGateRate(m_settings, m_length) * rateFactor);
    ++m_steps;
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
             {"scalars", {static_cast<double>(moments.steps), static_cast<double>(m_steps)}}},
            m_rng.state()};
  }

  void restore(const State& state) override {
    const size_t n = m_scores.size();
    m_scores = checkpointArray(state, "log_alpha", n);
    const std::vector<double> scalars = checkpointArray(state, "scalars", 2);
    m_optimiser.restore({checkpointArray(state, "moment1", n), checkpointArray(state, "moment2", n),
                         static_cast<std::int64_t>(scalars[0])});
    m_steps = static_cast<std::int64_t>(scalars[1]);
    m_rng.restore(state.rng);
  }

 private:
  double temperature() const {
    const double share =
        std::min(1.0, static_cast<double>(m_steps) / std::max(1.0, kAnnealed * static_cast<double>(m_length.steps)));
    return std::exp(std::log(kHot) + share * (std::log(kCold) - std::log(kHot)));
  }

  TrainSettings m_settings;
  RunLength m_length;
  Rng m_rng;
  std::vector<double> m_scores, m_drawn;
  GateOptimiser m_optimiser;
  SoftTopK m_choice;
  std::int64_t m_steps = 0;
};

}  // namespace

std::vector<double> SoftTopK::forward(std::span<const double> noisy, int keep, double temperature) {
  m_choices.clear();
  m_temperature = temperature;
  std::vector<double> scores(noisy.begin(), noisy.end()), gates(noisy.size(), 0.0);
  for (int round = 0; round < keep; ++round) {
    const double largest = *std::max_element(scores.begin(), scores.end());
    std::vector<double> choice;
    double sum = 0;
    for (const double score : scores) {
      choice.push_back(std::exp((score - largest) / temperature));
      sum += choice.back();
    }
    for (size_t i = 0; i < choice.size(); ++i) {
      choice[i] /= sum;
      gates[i] += choice[i];
      scores[i] += std::log(std::max(1 - choice[i], kTiny));
    }
    m_choices.push_back(std::move(choice));
  }
  return gates;
}

std::vector<double> SoftTopK::backward(std::span<const double> gateGradient) const {
  std::vector<double> ofScores(gateGradient.size(), 0.0);  // of the scores after the round that is being undone
  for (auto choice = m_choices.rbegin(); choice != m_choices.rend(); ++choice) {
    std::vector<double> ofChoice(gateGradient.begin(), gateGradient.end());
    double mean = 0;
    for (size_t i = 0; i < ofChoice.size(); ++i) {
      const double left = 1 - (*choice)[i];
      if (left > kTiny) ofChoice[i] -= ofScores[i] / left;
      mean += (*choice)[i] * ofChoice[i];
    }
    for (size_t i = 0; i < ofChoice.size(); ++i) ofScores[i] += (*choice)[i] * (ofChoice[i] - mean) / m_temperature;
  }
  for (double& value : ofScores)
    if (!std::isfinite(value)) value = 0;  // at the coldest a choice is hard, and says nothing of its neighbours
  return ofScores;
}

std::unique_ptr<GateMethod> makeDsp(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length) {
  return std::make_unique<Dsp>(layout, settings, length);
}

}  // namespace headroom
