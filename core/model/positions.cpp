// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/positions.h"

#include <cmath>
#include <numbers>

namespace headroom {

namespace {

/// The wave numbers [headDim / 2], stretched as config.json asks.
torch::Tensor waveNumbers(const ModelConfig& config) {
  const RotaryConfig& rotary = config.rotary;
  const torch::Tensor exponents =
      torch::arange(0, config.headDim, 2, torch::kFloat64) / static_cast<double>(config.headDim);
  const torch::Tensor waves = torch::pow(rotary.theta, -exponents);
  switch (rotary.scaling) {
    case RotaryConfig::Scaling::None: return waves;
    case RotaryConfig::Scaling::Linear: return waves / rotary.factor;
    case RotaryConfig::Scaling::Llama3: break;
  }
  // Long waves are stretched, short ones stay, those in between are mixed.
  const torch::Tensor turns = waves * (static_cast<double>(rotary.originalPositions) / (2 * std::numbers::pi));
  const torch::Tensor share =
      ((turns - rotary.lowFrequencyFactor) / (rotary.highFrequencyFactor - rotary.lowFrequencyFactor)).clamp(0, 1);
  return waves * (share + (1 - share) / rotary.factor);
}

}  // namespace

torch::Tensor sinusoidalPositions(std::int64_t rows, std::int64_t width) {
  const torch::Tensor columns = torch::arange(width, torch::kFloat64);
  const torch::Tensor exponents = 2 * torch::floor(columns / 2) / static_cast<double>(width);
  const torch::Tensor angles = torch::arange(rows, torch::kFloat64).view({-1, 1}) / torch::pow(10000.0, exponents);
  const torch::Tensor sines = torch::sin(angles.slice(1, 0, width, 2)),
                      cosines = torch::cos(angles.slice(1, 1, width, 2));
  return torch::cat({sines, cosines}, 1).to(torch::kFloat32);
}

torch::Tensor RotaryTables::turn(const torch::Tensor& x) const {
  const std::int64_t half = x.size(-1) / 2;
  const torch::Tensor rotated = torch::cat({-x.slice(-1, half), x.slice(-1, 0, half)}, -1);
  return x * cos + rotated * sin;
}

RotaryTables rotaryTables(const ModelConfig& config, std::int64_t first, std::int64_t length,
                          const torch::TensorOptions& options) {
  const torch::Tensor angles =
      torch::arange(first, first + length, torch::kFloat64).view({-1, 1}) * waveNumbers(config);
  const torch::Tensor both = torch::cat({angles, angles}, 1);
  return {torch::cos(both).to(options), torch::sin(both).to(options)};
}

torch::Tensor relativeBuckets(const ModelConfig& config, bool bothDirections, std::int64_t first, std::int64_t queries,
                              std::int64_t keys) {
  const torch::Tensor distance = torch::arange(keys, torch::kInt64).view({1, -1}) -
                                 torch::arange(first, first + queries, torch::kInt64).view({-1, 1});
  std::int64_t buckets = config.relativeBuckets;
  torch::Tensor result = torch::zeros_like(distance), away = -distance.clamp_max(0);
  if (bothDirections) {
    buckets /= 2;
    result = (distance > 0).to(torch::kInt64) * buckets;
    away = distance.abs();
  }
  const std::int64_t exact = buckets / 2;
  const double perOctave = static_cast<double>(buckets - exact) /
                           std::log(static_cast<double>(config.relativeMaxDistance) / static_cast<double>(exact));
  // In float32, as Hugging Face computes it: the borders of buckets depend on it.
  const torch::Tensor logarithm =
      torch::log(away.clamp_min(1).to(torch::kFloat32) / static_cast<double>(exact)) * perOctave;
  const torch::Tensor far = (exact + logarithm.to(torch::kInt64)).clamp_max(buckets - 1);
  return result + torch::where(away < exact, away, far);
}

}  // namespace headroom
