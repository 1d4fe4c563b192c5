// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/gate_training.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/gates/schedule.h"

namespace headroom {

namespace {

/// A short run still has to carry a gate from one bound to the other several times: the least way, in units of log
/// alpha, that the learning rate must be able to cover over the whole run.
constexpr double kLeastWay = 240;

}  // namespace

std::vector<double> xavierUniform(const HeadLayout& layout, Rng& rng) {
  std::vector<double> logAlpha;
  for (const AttentionBlock& block : layout.blocks()) {
    const double bound = std::sqrt(6.0 / (block.heads + 1));
    for (int head = 0; head < block.heads; ++head) logAlpha.push_back(bound * (2 * rng.uniform() - 1));
  }
  return logAlpha;
}

double reachingGateRate(const TrainSettings& settings, const RunLength& length) {
  if (settings.published) return settings.gateLr;
  return std::max(settings.gateLr, kLeastWay / static_cast<double>(std::max<std::int64_t>(length.steps, 1)));
}

double gateBeta2(const TrainSettings& settings, const RunLength& length) {
  if (settings.published) return settings.perEpoch ? 0.98 : 0.999;
  return std::clamp(1 - kPublishedSteps / 1000 / static_cast<double>(std::max<std::int64_t>(length.steps, 1)), 0.9,
                    0.999);
}

std::vector<double> checkpointArray(const GateMethod::State& state, const std::string& name, size_t size) {
  const auto found = state.arrays.find(name);
  if (found == state.arrays.end() || found->second.size() != size)
    throw Error(ErrorKind::BadFile, "checkpoint: field gates." + name + ": found " +
                                        std::to_string(found == state.arrays.end() ? 0 : found->second.size()) +
                                        " values, expected " + std::to_string(size) +
                                        "; it is from another model, or from another version of Headroom");
  return found->second;
}

double shareDone(const GateOptimiser& optimiser, const RunLength& length) {
  return std::min(1.0, static_cast<double>(optimiser.moments().steps) /
                           static_cast<double>(std::max<std::int64_t>(1, length.steps)));
}

GateMethod::State methodState(std::map<std::string, std::vector<double>> arrays, const GateOptimiser& optimiser,
                              const std::vector<double>& scalars, const std::string& rng) {
  const GateOptimiser::Moments& moments = optimiser.moments();
  arrays["moment1"] = moments.first;
  arrays["moment2"] = moments.second;
  std::vector<double>& numbers = arrays["scalars"] = {static_cast<double>(moments.steps)};
  numbers.insert(numbers.end(), scalars.begin(), scalars.end());
  return {std::move(arrays), rng};
}

std::vector<double> restoreOptimiser(const GateMethod::State& state, GateOptimiser& optimiser, size_t size,
                                     size_t scalars) {
  const std::vector<double> numbers = checkpointArray(state, "scalars", 1 + scalars);
  optimiser.restore({checkpointArray(state, "moment1", size), checkpointArray(state, "moment2", size),
                     static_cast<std::int64_t>(numbers[0])});
  return {numbers.begin() + 1, numbers.end()};
}

}  // namespace headroom
