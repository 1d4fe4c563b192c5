// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/job_context.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"

namespace headroom {

/// What a method that judges a trained model may use. The model's weights are not changed.
struct ScoreInput {
  const Transformer& model;          ///< computes in float32
  const EvaluationSet& calibration;  ///< the examples that heads are judged on
  const ScoreOptions& options;
  const JobContext& context;
  int keep = -1;                          ///< K in units, for the methods that choose for one; -1 = not said
  std::string unit = "head";              ///< what the methods that search remove at once, see HeadUnits
  const EvaluationSet* choice = nullptr;  ///< the examples that whole masks are tried on; nullptr = `calibration`
};

/// Shows every micro-batch to `look`, which passes it forward `passes` times and, where `backward`, back again. Returns
/// what that cost. `task` is what progress is called.
[[nodiscard]] PassCosts overBatches(const ScoreInput& input, const std::string& task, int passes, bool backward,
                                    const std::function<void(const EvaluationBatch&)>& look);

/// Throws Error(Numerical) in the method's name unless all are finite.
void requireFinite(const std::vector<double>& values, const std::string& method);

/// One number a head of the model, largest = keep first. Seconds and memory are for the caller to measure.
using ScoreFunction = HeadScores (*)(const ScoreInput& input);

}  // namespace headroom
