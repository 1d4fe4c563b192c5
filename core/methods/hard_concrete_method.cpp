// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/hard_concrete_method.h"

#include <algorithm>
#include <cmath>

#include "core/gates/reopening.h"
#include "core/gates/schedule.h"
#include "core/methods/gate_training.h"

namespace headroom {

namespace {

constexpr std::uint64_t kGateStream = 0x67617465;
/// How far a clipped gate is moved off the bound, so that no two tie.
constexpr double kTieNoise = 0.05;
std::vector<std::int64_t> eventsOf(const TrainSettings& settings, const RunLength& length) {
  if (!settings.reopen) return {};
  if (settings.published && settings.perEpoch) return epochEventSteps(length);
  return settings.published ? publishedEventSteps(length.steps) : eventSteps(settings.eventsAt, length.steps);
}

std::string boundText(double bound) {
  std::string text = std::to_string(bound);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

HardConcreteMethod::HardConcreteMethod(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
    : m_layout(layout),
      m_settings(settings),
      m_length(length),
      m_rng(settings.seed, kGateStream),
      m_logAlpha(xavierUniform(layout, m_rng)),
      m_optimiser(m_logAlpha.size(), gateBeta2(settings, length)),
      m_events(eventsOf(settings, length)),
      m_confidence(m_logAlpha.size(), 0.0) {}

std::vector<double> HardConcreteMethod::testGates() const {
  std::vector<double> gates;
  for (const double phi : m_logAlpha) gates.push_back(hard_concrete::testGate(phi));
  return gates;
}

std::vector<double> HardConcreteMethod::draw() {
  m_gates.clear();
  std::vector<double> values;
  for (const double phi : m_logAlpha) {
    m_gates.push_back(hard_concrete::sampleGate(phi, m_rng.uniform()));
    values.push_back(m_gates.back().value);
  }
  return values;
}

std::vector<double> HardConcreteMethod::differentiate(std::span<const double> taskGradient, GateTerms& terms) {
  std::vector<double> gradient = push(terms);
  for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += taskGradient[i] * m_gates[i].slope;
  return gradient;
}

void HardConcreteMethod::update(std::span<const double> gradient, double rateFactor) {
  m_optimiser.step(m_logAlpha, gradient, gateRate() * rateFactor);
  updated();
}

bool HardConcreteMethod::wantsConfidence(std::int64_t step) const {
  if (m_events.empty() || step >= m_events.back()) return false;
  return m_settings.published || step % std::max(1, m_settings.confidenceEvery) == 0;
}

void HardConcreteMethod::observe(std::span<const double> confidence) {
  for (size_t i = 0; i < m_confidence.size(); ++i) m_confidence[i] += confidence[i];
}

std::vector<TrainEvent> HardConcreteMethod::endStep(std::int64_t steps) {
  std::vector<TrainEvent> happened;
  endingStep(steps);
  if (std::find(m_events.begin(), m_events.end(), steps) == m_events.end()) return happened;
  const ReopeningResult result = clipAndReopen(m_logAlpha, m_confidence, m_settings.clipAt,
                                               m_settings.published ? 0.0 : kTieNoise, m_rng, chanceAt(steps));
  std::fill(m_confidence.begin(), m_confidence.end(), 0.0);
  happened.push_back(
      {steps, TrainEventKind::Clip, result.clipped,
       "clipped " + std::to_string(result.clipped.size()) + " gates to |log alpha| = " + boundText(m_settings.clipAt)});
  happened.push_back({steps, TrainEventKind::Reopen, result.reopened,
                      "reopened " + std::to_string(result.reopened.size()) + " closed heads by their confidence"});
  reopened(steps, happened);
  return happened;
}

GateMethod::State HardConcreteMethod::save() const {
  return methodState({{"log_alpha", m_logAlpha}, {"confidence", m_confidence}}, m_optimiser, scalars(), m_rng.state());
}

void HardConcreteMethod::restore(const State& state) {
  const size_t n = m_logAlpha.size();
  m_logAlpha = checkpointArray(state, "log_alpha", n);
  m_confidence = checkpointArray(state, "confidence", n);
  restoreScalars(restoreOptimiser(state, m_optimiser, n, scalars().size()));
  m_rng.restore(state.rng);
}

int HardConcreteMethod::closedCount() const {
  return static_cast<int>(
      std::count_if(m_logAlpha.begin(), m_logAlpha.end(), [this](double phi) { return phi <= -m_settings.clipAt; }));
}

int HardConcreteMethod::openCount() const {
  return static_cast<int>(
      std::count_if(m_logAlpha.begin(), m_logAlpha.end(), [this](double phi) { return phi >= m_settings.clipAt; }));
}

double HardConcreteMethod::gateRate() const { return reachingGateRate(m_settings, m_length); }

/// By how much reopening has calmed down: 0.9^(e - 2) before epoch e of the translation recipe.
double HardConcreteMethod::chanceAt(std::int64_t steps) const {
  return byEpochs() ? std::pow(0.9, static_cast<double>(steps / m_length.epochSteps) - 1) : 1;
}

}  // namespace headroom
