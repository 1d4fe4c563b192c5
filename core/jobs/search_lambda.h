// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// A penalty's weight that was found by trying.
struct LambdaSearch {
  double lambda = 0;
  int open = 0;            ///< gates that its run leaves open
  bool reached = false;    ///< as many as asked for
  int trials = 0;          ///< runs that were trained for it
  std::int64_t steps = 0;  ///< optimiser steps in all of them
  double seconds = 0;
};

/// "lambda 0.02 by bisection, 5 runs: 14 gates open", and what follows where that is not K.
[[nodiscard]] std::string describe(const LambdaSearch& found);

/// headroom-lambda/1, to keep what a search found; reading throws Error(BadFile) naming `path`.
[[nodiscard]] std::string toJson(const LambdaSearch& found);
[[nodiscard]] LambdaSearch lambdaFromJson(const std::string& text, const std::string& path);

/// Looks for the lambda with which a run of `settings` on the open model and data leaves exactly `settings.keep` gates
/// open (log alpha > 0): widens the interval around settings.lambda until it holds K, then bisects it. Every trial is
/// the whole run, so training with the lambda that was found gives what the search saw. At most `most` trials; the
/// nearest one otherwise. `trial` sees each. Throws as trainGates() does for the settings.
[[nodiscard]] LambdaSearch searchLambda(Workspace& workspace, const TrainSettings& settings, int most,
                                        const JobContext& context,
                                        const std::function<void(double lambda, int open)>& trial = {});

constexpr int kMostLambdaTrials = 12;

/// What a request that says lambdaSearched needs before trainGates(): a new run of l0 gets the lambda of searchLambda()
/// with at most kMostLambdaTrials. Where none reached K it gets the nearest one, lambdaSearched becomes false and
/// TrainRequest::warning says so. Resumed runs and other methods search nothing. Makes no run: a stop leaves no trace
/// but that the workspace's model is the opened one. While `paused` returns true the search waits.
/// Throws what trainGates() would throw for the settings and the run's place.
[[nodiscard]] std::optional<LambdaSearch> settleLambda(Workspace& workspace, TrainRequest& request,
                                                       const JobContext& context,
                                                       const std::function<bool()>& paused = {});

}  // namespace headroom
