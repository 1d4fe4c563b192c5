// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/score_method.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace headroom {

PassCosts overBatches(const ScoreInput& input, const std::string& task, int passes, bool backward,
                      const std::function<void(const EvaluationBatch&)>& look) {
  std::int64_t examples = 0;
  for (const EvaluationBatch& batch : input.calibration.batches()) {
    input.context.checkStop();
    look(batch);
    examples += static_cast<std::int64_t>(batch.examples.size());
    input.context.report({task, examples, input.calibration.exampleCount(), -1});
    input.context.yield();
  }
  PassCosts costs;
  costs.forwards = passes;
  if (backward) costs.backwards = passes;
  return costs;
}

void requireFinite(const std::vector<double>& values, const std::string& method) {
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); }))
    throw Error(ErrorKind::Numerical,
                method + ": found a score that is no number; the model's weights or the loss are none");
}

}  // namespace headroom
