// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What the methods that train gates share: where their parameters begin, how fast they move, what their checkpoints
// hold.

#include <map>
#include <string>
#include <vector>

#include "core/base/rng.h"
#include "core/gates/gate_optimiser.h"
#include "core/methods/gate_method.h"

namespace headroom {

/// One number a head, uniform within the bound that Xavier's rule gives for its block.
[[nodiscard]] std::vector<double> xavierUniform(const HeadLayout& layout, Rng& rng);

/// The gates' learning rate: the settings', or more where the run is so short that a gate could not go from one bound
/// to the other several times.
[[nodiscard]] double reachingGateRate(const TrainSettings& settings, const RunLength& length);
/// The second moment's memory of the gates' optimiser: as published, or a sixth of the run as 0.999 is of 6,000 steps.
[[nodiscard]] double gateBeta2(const TrainSettings& settings, const RunLength& length);
/// The share of the run that is done, 0..1.
[[nodiscard]] double shareDone(const GateOptimiser& optimiser, const RunLength& length);

/// A method's state: `arrays` by name, its optimiser, `scalars` of its own.
[[nodiscard]] GateMethod::State methodState(std::map<std::string, std::vector<double>> arrays,
                                            const GateOptimiser& optimiser, const std::vector<double>& scalars = {},
                                            const std::string& rng = {});
/// Restores the optimiser of `size` parameters and returns the method's own `scalars`. Throws Error(BadFile) like
/// checkpointArray().
[[nodiscard]] std::vector<double> restoreOptimiser(const GateMethod::State& state, GateOptimiser& optimiser,
                                                   size_t size, size_t scalars = 0);
/// The named array of a checkpoint; throws Error(BadFile) unless it has `size` values.
[[nodiscard]] std::vector<double> checkpointArray(const GateMethod::State& state, const std::string& name, size_t size);

}  // namespace headroom
