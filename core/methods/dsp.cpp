// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/dsp.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/head_mask.h"
#include "core/methods/gate_training.h"

namespace headroom {

namespace {

constexpr std::uint64_t kDspStream = 0x647370;
constexpr double kHot = 1000, kCold = 1e-8;  // theirs
constexpr double kAnnealed = 0.8;            // share of the steps over which the temperature falls
constexpr double kRemembered = 50;           // draws that the shown mean goes back over,
constexpr double kMostRemembered = 0.1;      // at most this share of the run: it shall have settled in the end
constexpr const char* kMeanGates = "mean_gates";
constexpr double kTiny = std::numeric_limits<double>::min();

class Dsp final : public GateMethod {
 public:
  Dsp(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : m_settings(settings),
        m_length(length),
        m_rng(settings.seed, kDspStream),
        m_scores(xavierUniform(layout, m_rng)),
        m_meanGates(m_scores.size(), settings.keep / static_cast<double>(m_scores.size())),
        m_optimiser(m_scores.size(), gateBeta2(settings, length)) {}

  const std::vector<double>& logAlpha() const override { return m_scores; }
  std::vector<double> openProbabilities() const override { return m_meanGates; }
  std::optional<double> choiceProbability() const override { return topKProbability(m_scores, m_settings.keep); }

  std::vector<double> draw() override {
    std::vector<double> noisy = m_scores;
    for (double& score : noisy) score -= std::log(-std::log(std::clamp(m_rng.uniform(), 1e-12, 1 - 1e-12)));
    std::vector<double> gates = m_choice.forward(noisy, m_settings.keep, temperature());
    for (size_t i = 0; i < gates.size(); ++i) m_meanGates[i] += (gates[i] - m_meanGates[i]) / remembered();
    return gates;
  }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    terms = {};
    terms.open = m_settings.keep;
    terms.closed = static_cast<double>(m_scores.size()) - terms.open;
    return m_choice.backward(taskGradient);
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_optimiser.step(m_scores, gradient, reachingGateRate(m_settings, m_length) * rateFactor);
  }

  std::vector<double> headScores() const override { return m_scores; }
  void setHeadScores(std::span<const double> scores) override { m_scores.assign(scores.begin(), scores.end()); }

  State save() const override {
    return methodState({{"log_alpha", m_scores}, {kMeanGates, m_meanGates}}, m_optimiser, {}, m_rng.state());
  }

  void restore(const State& state) override {
    m_scores = checkpointArray(state, "log_alpha", m_scores.size());
    // Runs from before it was kept begin it anew; nothing else depends on it.
    if (state.arrays.contains(kMeanGates)) m_meanGates = checkpointArray(state, kMeanGates, m_scores.size());
    (void)restoreOptimiser(state, m_optimiser, m_scores.size());
    m_rng.restore(state.rng);
  }

 private:
  double temperature() const {
    const double share = std::min(1.0, shareDone(m_optimiser, m_length) / kAnnealed);
    return std::exp(std::log(kHot) + share * (std::log(kCold) - std::log(kHot)));
  }

  /// Draws that the mean goes back over.
  double remembered() const {
    return std::clamp(kMostRemembered * static_cast<double>(m_length.steps), 1.0, kRemembered);
  }

  TrainSettings m_settings;
  RunLength m_length;
  Rng m_rng;
  std::vector<double> m_scores;
  std::vector<double> m_meanGates;  ///< of the latest draws, the older the less
  GateOptimiser m_optimiser;
  SoftTopK m_choice;
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

double topKProbability(std::span<const double> scores, int keep) {
  const std::vector<int> order = keepOrder(scores);
  const size_t kept = static_cast<size_t>(std::max(0, keep));
  if (kept == 0 || kept >= order.size()) return 1;
  const auto scoreOf = [&](size_t place) { return scores[static_cast<size_t>(order[place])]; };
  // The largest noisy score of the others is itself one score, of this size, with Gumbel noise.
  double others = 0;
  for (size_t i = kept; i < order.size(); ++i) others += std::exp(scoreOf(i) - scoreOf(kept));
  const double rival = scoreOf(kept) + std::log(others);
  // exp(-noise) is exponentially distributed; by its logarithm y all of the integral lies within these bounds.
  constexpr double kFrom = -40, kTo = 7, kWidth = 0.01;
  double probability = 0;
  for (double y = kFrom; y < kTo; y += kWidth) {
    double density = std::exp(y - std::exp(y)) * kWidth;
    for (size_t i = 0; i < kept; ++i) density *= -std::expm1(-std::exp(std::min(scoreOf(i) - rival + y, 700.0)));
    probability += density;
  }
  return std::clamp(probability, 0.0, 1.0);
}

std::unique_ptr<GateMethod> makeDsp(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length) {
  return std::make_unique<Dsp>(layout, settings, length);
}

}  // namespace headroom
