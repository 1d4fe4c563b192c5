// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/gate_optimiser.h"

#include <cmath>

namespace headroom {

namespace {

constexpr double kBeta1 = 0.9;
constexpr double kEpsilon = 1e-8;

}  // namespace

void GateOptimiser::step(std::span<double> values, std::span<const double> gradient, double rate) {
  ++m_moments.steps;
  const double t = static_cast<double>(m_moments.steps);
  const double correction1 = 1 - std::pow(kBeta1, t), correction2 = 1 - std::pow(m_beta2, t);
  for (size_t i = 0; i < values.size(); ++i) {
    double& m = m_moments.first[i];
    double& v = m_moments.second[i];
    m = kBeta1 * m + (1 - kBeta1) * gradient[i];
    v = m_beta2 * v + (1 - m_beta2) * gradient[i] * gradient[i];
    values[i] -= rate * (m / correction1) / (std::sqrt(v / correction2) + kEpsilon);
  }
}

double norm(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace headroom
