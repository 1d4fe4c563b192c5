// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/hard_concrete.h"

#include <algorithm>
#include <cmath>

namespace headroom::hard_concrete {

namespace {

double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

Differentiable clampedProbability(double p, double slope) {
  const double clamped = std::clamp(p, kEpsilon, 1 - kEpsilon);
  return {clamped, clamped == p ? slope : 0.0};
}

const double kShift = kTemperature * std::log(-kLow / kHigh);

}  // namespace

Differentiable closedProbability(double logAlpha) {
  const double p = sigmoid(kShift - logAlpha);
  return clampedProbability(p, -p * (1 - p));
}

Differentiable openProbability(double logAlpha) {
  // The stretch is symmetric, so P(1) at logAlpha is P(0) at -logAlpha.
  const double p = sigmoid(kShift + logAlpha);
  return clampedProbability(p, p * (1 - p));
}

Differentiable betweenProbability(double logAlpha) {
  const Differentiable closed = closedProbability(logAlpha), open = openProbability(logAlpha);
  const double p = 1 - closed.value - open.value;
  return clampedProbability(p, -closed.slope - open.slope);
}

Differentiable sampleGate(double logAlpha, double u) {
  const double noise = std::clamp(u, kEpsilon, 1 - kEpsilon);
  const double s = sigmoid((std::log(noise) - std::log1p(-noise) + logAlpha) / kTemperature);
  const double stretched = s * (kHigh - kLow) + kLow;
  if (stretched <= 0) return {0, 0};
  if (stretched >= 1) return {1, 0};
  return {stretched, s * (1 - s) * (kHigh - kLow) / kTemperature};
}

double testGate(double logAlpha) { return std::clamp(sigmoid(logAlpha) * (kHigh - kLow) + kLow, 0.0, 1.0); }

}  // namespace headroom::hard_concrete
