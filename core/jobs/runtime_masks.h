// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/head_scores.h"
#include "core/base/job_context.h"
#include "core/base/method_info.h"
#include "core/base/snapshots.h"
#include "core/jobs/workspace.h"

namespace headroom {

/// The methods that choose heads anew for every input: "spatten" and "ebert".
[[nodiscard]] const std::vector<MethodInfo>& runtimeMethods();
[[nodiscard]] bool isRuntimeMethod(const std::string& name);

struct RuntimeRequest {
  TrainSettings settings;       ///< method, keep = the mean K, seed; what "ebert" is trained with
  std::int64_t examples = 512;  ///< of the training data, for the frequencies, and of the choice data (without any: of
                                ///< the training data) for ebert's threshold; 0 = all
};

/// A choice by input beside the best that a fixed mask makes of it.
struct RuntimeReport {
  MetricValue metric;  ///< of the choices by input, on the dev data
  double loss = 0;
  PairedDifference toFull;
  double meanKept = 0;                ///< heads an example on the dev data
  std::int64_t masks = 0;             ///< different choices that were made there
  std::vector<double> keepFrequency;  ///< on the training examples, one share a head
  EvalResult fixed;                   ///< the K heads that were kept most often, for every input
  std::int64_t trainSteps = 0;
  PassCosts costs;  ///< over the examples asked for, without the training itself
};

/// Lets the method choose for every dev example, and compares with the static version at the same K. The open model is
/// not changed. Throws Error(BadInput) for a model with a decoder.
[[nodiscard]] RuntimeReport chooseAtRunTime(Workspace& workspace, const RuntimeRequest& request,
                                            const JobContext& context);

}  // namespace headroom
