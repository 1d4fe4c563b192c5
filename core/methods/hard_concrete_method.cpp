// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/hard_concrete_method.h"

#include <algorithm>

#include "core/methods/gate_training.h"

namespace headroom {

namespace {

constexpr std::uint64_t kGateStream = 0x67617465;

}  // namespace

HardConcreteMethod::HardConcreteMethod(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
    : m_layout(layout),
      m_settings(settings),
      m_length(length),
      m_rng(settings.seed, kGateStream),
      m_logAlpha(xavierUniform(layout, m_rng)),
      m_optimiser(m_logAlpha.size(), gateBeta2(settings, length)),
      m_reopener(m_logAlpha.size(), settings, length) {}

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

std::vector<TrainEvent> HardConcreteMethod::endStep(std::int64_t steps) {
  endingStep(steps);
  std::vector<TrainEvent> happened = m_reopener.endStep(steps, m_logAlpha, m_settings.clipAt, m_rng);
  if (!happened.empty()) reopened(steps, happened);
  return happened;
}

GateMethod::State HardConcreteMethod::save() const {
  return methodState({{"log_alpha", m_logAlpha}, {"confidence", m_reopener.confidence()}}, m_optimiser, scalars(),
                     m_rng.state());
}

void HardConcreteMethod::restore(const State& state) {
  const size_t n = m_logAlpha.size();
  m_logAlpha = checkpointArray(state, "log_alpha", n);
  m_reopener.restore(checkpointArray(state, "confidence", n));
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

}  // namespace headroom
