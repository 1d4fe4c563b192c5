// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// A penalty's weight that was found by trying.
struct LambdaSearch {
  double lambda = 0;
  int open = 0;            ///< gates that its run leaves open
  bool reached = false;    ///< as many as asked for
  int trials = 0;          ///< runs that were trained for it
  std::int64_t steps = 0;  ///< optimiser steps in all of them
};

/// Looks for the lambda with which a run of `settings` on the open model and data leaves exactly `settings.keep` gates
/// open (log alpha > 0): widens the interval around settings.lambda until it holds K, then bisects it. Every trial is
/// the whole run, so training with the lambda that was found gives what the search saw. At most `most` trials; the
/// nearest one otherwise. `trial` sees each.
[[nodiscard]] LambdaSearch searchLambda(Workspace& workspace, const TrainSettings& settings, int most,
                                        const JobContext& context,
                                        const std::function<void(double lambda, int open)>& trial = {});

}  // namespace headroom
