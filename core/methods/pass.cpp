// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/pass.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/gates/hard_concrete.h"
#include "core/gates/pass_loss.h"
#include "core/gates/reopening.h"
#include "core/gates/schedule.h"

namespace headroom {

namespace {

constexpr std::uint64_t kGateStream = 0x67617465;
/// How far a clipped gate is moved off the bound, so that no two tie.
constexpr double kTieNoise = 0.05;
/// A short run still has to carry a gate from one bound to the other several times: the least way, in units of log alpha,
/// that the learning rate must be able to cover over the whole run.
constexpr double kLeastWay = 240;

std::vector<double> xavierUniform(const HeadLayout& layout, Rng& rng) {
  std::vector<double> logAlpha;
  for (const AttentionBlock& block : layout.blocks()) {
    const double bound = std::sqrt(6.0 / (block.heads + 1));
    for (int head = 0; head < block.heads; ++head) logAlpha.push_back(bound * (2 * rng.uniform() - 1));
  }
  return logAlpha;
}

class Pass final : public GateMethod {
 public:
  Pass(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length, bool concentrate)
      : m_layout(layout),
        m_settings(settings),
        m_length(length),
        m_concentrate(concentrate),
        m_rng(settings.seed, kGateStream),
        m_logAlpha(xavierUniform(layout, m_rng)),
        m_optimiser(m_logAlpha.size(), beta2()),
        m_lambda(settings.published ? 1.0 : kPublishedSteps / static_cast<double>(std::max<std::int64_t>(length.steps, 1)),
                 settings.published ? 1e30 : settings.lambdaCap),
        m_epochLambda(length.tokensPerStep),
        m_events(eventsOf(settings, length)),
        m_confidence(m_logAlpha.size(), 0.0) {
    if (!settings.reopen) m_events.clear();
  }

  const std::vector<double>& logAlpha() const override { return m_logAlpha; }

  std::vector<double> draw() override {
    m_gates.clear();
    std::vector<double> values;
    for (const double phi : m_logAlpha) {
      m_gates.push_back(hard_concrete::sampleGate(phi, m_rng.uniform()));
      values.push_back(m_gates.back().value);
    }
    return values;
  }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    const PassPenalty pass = passPenalty(m_logAlpha, m_settings.keep);
    const ConcentratorPenalty concentrator = concentratorPenalty(m_layout, m_logAlpha);
    terms = {pass.value, concentrator.value, lambda(), m_lambdaC, pass.open, pass.closed, pass.between};
    std::vector<double> gradient;
    for (size_t i = 0; i < m_logAlpha.size(); ++i)
      gradient.push_back(taskGradient[i] * m_gates[i].slope +
                         terms.lambda * (pass.gradient[i] + m_lambdaC * concentrator.gradient[i]));
    return gradient;
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_optimiser.step(m_logAlpha, gradient, gateRate() * rateFactor);
    const bool met = closedCount() == headCount() - m_settings.keep && openCount() == m_settings.keep;
    m_lambda.count(met, m_optimiser.moments().steps > settlingFrom());
    if (closedCount() >= headCount() - m_settings.keep) m_lambdaC = 0;
  }

  bool wantsConfidence(std::int64_t step) const override {
    if (m_events.empty() || step >= m_events.back()) return false;
    return m_settings.published || step % std::max(1, m_settings.confidenceEvery) == 0;
  }

  bool rawConfidence() const override { return m_settings.published && !byEpochs(); }

  void observe(std::span<const double> confidence) override {
    for (size_t i = 0; i < m_confidence.size(); ++i) m_confidence[i] += confidence[i];
  }

  std::vector<TrainEvent> endStep(std::int64_t steps) override {
    std::vector<TrainEvent> happened;
    if (byEpochs() && steps % m_length.epochSteps == 0) m_epochLambda.count(closedCount() == headCount() - m_settings.keep);
    if (std::find(m_events.begin(), m_events.end(), steps) == m_events.end()) return happened;
    const ReopeningResult result =
        clipAndReopen(m_logAlpha, m_confidence, m_settings.clipAt, m_settings.published ? 0.0 : kTieNoise, m_rng, chanceAt(steps));
    std::fill(m_confidence.begin(), m_confidence.end(), 0.0);
    happened.push_back({steps, TrainEventKind::Clip, result.clipped,
                        "clipped " + std::to_string(result.clipped.size()) + " gates to |log alpha| = " + boundText()});
    happened.push_back({steps, TrainEventKind::Reopen, result.reopened,
                        "reopened " + std::to_string(result.reopened.size()) + " closed heads by their confidence"});
    if (m_concentrate && concentratesAt(steps)) {
      m_lambdaC = concentratorWeight(m_layout, m_logAlpha, m_settings.clipAt, m_settings.concentratorCap);
      happened.push_back({steps, TrainEventKind::Concentrator, {}, "concentrator weight " + std::to_string(m_lambdaC)});
    } else if (byEpochs()) {
      m_lambdaC = 0;
    }
    return happened;
  }

  State save() const override {
    const GateOptimiser::Moments& moments = m_optimiser.moments();
    const LambdaSchedule::Counts lambda = m_lambda.counts();
    return {{{"log_alpha", m_logAlpha},
             {"moment1", moments.first},
             {"moment2", moments.second},
             {"confidence", m_confidence},
             {"scalars", {static_cast<double>(moments.steps), static_cast<double>(lambda.unmet), static_cast<double>(lambda.unmetLate), m_lambdaC,
               static_cast<double>(m_epochLambda.doublings())}}},
            m_rng.state()};
  }

  void restore(const State& state) override {
    const size_t n = m_logAlpha.size();
    m_logAlpha = array(state, "log_alpha", n);
    m_confidence = array(state, "confidence", n);
    const std::vector<double> scalars = array(state, "scalars", 5);
    m_optimiser.restore({array(state, "moment1", n), array(state, "moment2", n), static_cast<std::int64_t>(scalars[0])});
    m_lambda.restore({static_cast<std::int64_t>(scalars[1]), static_cast<std::int64_t>(scalars[2])});
    m_lambdaC = scalars[3];
    m_epochLambda.restore(static_cast<std::int64_t>(scalars[4]));
    m_rng.restore(state.rng);
  }

 private:
  static std::vector<std::int64_t> eventsOf(const TrainSettings& settings, const RunLength& length) {
    if (settings.published && settings.perEpoch) return epochEventSteps(length);
    return settings.published ? publishedEventSteps(length.steps) : eventSteps(settings.eventsAt, length.steps);
  }

  /// The second moment's memory: as published, or a sixth of the run as 0.999 is of 6,000 steps.
  double beta2() const {
    if (m_settings.published) return byEpochs() ? 0.98 : 0.999;
    return std::clamp(1 - kPublishedSteps / 1000 / static_cast<double>(std::max<std::int64_t>(m_length.steps, 1)), 0.9, 0.999);
  }

  bool byEpochs() const { return m_settings.published && m_settings.perEpoch; }
  double lambda() const { return byEpochs() ? m_epochLambda.lambda() : m_lambda.lambda(); }

  /// By how much reopening has calmed down: 0.9^(e - 2) before epoch e of the translation recipe.
  double chanceAt(std::int64_t steps) const {
    return byEpochs() ? std::pow(0.9, static_cast<double>(steps / m_length.epochSteps) - 1) : 1;
  }

  /// The translation recipe concentrates before its epochs 20 to 22 of 30.
  bool concentratesAt(std::int64_t steps) const {
    return !byEpochs() || (30 * steps >= 19 * m_length.steps && 30 * steps < 22 * m_length.steps);
  }

  static std::vector<double> array(const State& state, const std::string& name, size_t size) {
    const auto found = state.arrays.find(name);
    if (found == state.arrays.end() || found->second.size() != size)
      throw Error(ErrorKind::BadFile, "checkpoint: field gates." + name + ": found " +
                                          std::to_string(found == state.arrays.end() ? 0 : found->second.size()) +
                                          " values, expected " + std::to_string(size) + "; it is from another model");
    return found->second;
  }

  double gateRate() const {
    if (m_settings.published) return m_settings.gateLr;
    return std::max(m_settings.gateLr, kLeastWay / static_cast<double>(std::max<std::int64_t>(m_length.steps, 1)));
  }
  /// The last event, after which the choice is left to settle; half-way where there is none.
  std::int64_t settlingFrom() const { return m_events.empty() ? m_length.steps / 2 : m_events.back(); }
  int headCount() const { return static_cast<int>(m_logAlpha.size()); }
  int closedCount() const {
    return static_cast<int>(std::count_if(m_logAlpha.begin(), m_logAlpha.end(), [this](double phi) { return phi <= -m_settings.clipAt; }));
  }
  int openCount() const {
    return static_cast<int>(std::count_if(m_logAlpha.begin(), m_logAlpha.end(), [this](double phi) { return phi >= m_settings.clipAt; }));
  }
  std::string boundText() const {
    std::string text = std::to_string(m_settings.clipAt);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }

  HeadLayout m_layout;
  TrainSettings m_settings;
  RunLength m_length;
  bool m_concentrate;
  Rng m_rng;
  std::vector<double> m_logAlpha;
  GateOptimiser m_optimiser;
  LambdaSchedule m_lambda;
  EpochLambda m_epochLambda;
  double m_lambdaC = 0;
  std::vector<std::int64_t> m_events;
  std::vector<double> m_confidence;
  std::vector<hard_concrete::Differentiable> m_gates;
};

}  // namespace

std::unique_ptr<GateMethod> makePass(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length, bool concentrate) {
  return std::make_unique<Pass>(layout, settings, length, concentrate);
}

}  // namespace headroom
