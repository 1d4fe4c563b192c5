// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace headroom {

/// The stretched, clipped sigmoid of Louizos et al. 2018 with the constants of the PASS authors: temperature 0.33,
/// stretch limits -0.1 and 1.1. One gate is one scalar logAlpha; all values are exact in double precision.
namespace hard_concrete {

inline constexpr double kTemperature = 0.33;
inline constexpr double kLow = -0.1;
inline constexpr double kHigh = 1.1;
/// Probabilities are clamped to [kEpsilon, 1 - kEpsilon]; beyond it their gradient is zero, as in the authors' code.
inline constexpr double kEpsilon = 1e-6;
/// From here on the test-time gate is exactly 0 or 1 (ln 11 = 2.398, rounded up).
inline constexpr double kSettled = 2.4;

/// A value and its derivative with respect to logAlpha.
struct Differentiable {
  double value = 0;
  double slope = 0;
};

/// P(gate = 0).
[[nodiscard]] Differentiable closedProbability(double logAlpha);
/// P(gate = 1).
[[nodiscard]] Differentiable openProbability(double logAlpha);
/// P(0 < gate < 1).
[[nodiscard]] Differentiable betweenProbability(double logAlpha);
/// The gate drawn with noise u in (0, 1), clamped to [kEpsilon, 1 - kEpsilon]; slope 0 where the clip holds.
[[nodiscard]] Differentiable sampleGate(double logAlpha, double u);
/// The test-time gate: no temperature, no noise.
[[nodiscard]] double testGate(double logAlpha);

}  // namespace hard_concrete
}  // namespace headroom
