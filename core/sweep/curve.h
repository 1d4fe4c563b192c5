// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/model/transformer.h"
#include "core/train/evaluator.h"

namespace headroom {

/// A curve with the per-example bits of its points, in the points' order.
struct MeasuredCurve {
  Curve curve;
  std::vector<CorrectBits> correct;
};

/// Which points of a curve are measured.
struct CurvePlan {
  std::vector<int> stops;  ///< numbers of kept heads: 0 first, all last, whole units between (HeadUnits::stops)
  int trained = -1;        ///< index into `stops` of what was trained for; -1 = none
};

/// Measures accuracy at every stop along the curve's order, exactly. Coarse to fine: no unit, all, the trained K and every
/// eighth number of units first, then what lies between, where the curve is steepest first. Masks along the order are nested, so
/// within a micro-batch the hidden states below the first block that differs are used again, and pruned heads are not
/// computed. `full` is the unpruned model's tally; `partial` sees the curve after every group of points.
[[nodiscard]] MeasuredCurve measureCurve(const Transformer& model, const EvaluationSet& data, Curve start, const CurvePlan& plan,
                                         const Tally& full, const JobContext& context,
                                         const std::function<void(const Curve&)>& partial);

/// The groups in which the points are measured; every number 0..heads once.
[[nodiscard]] std::vector<int> coarsePoints(int heads, int trainedKeep);

}  // namespace headroom
