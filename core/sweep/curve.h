// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/sweep/mask_runs.h"

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
  bool exact = true;  ///< false = only so many points that those between lie within betweenPoints(), at most a tenth of
                      ///< the naive cost
  std::int64_t cutBytes = kCutBytes;
};

/// What is known of a curve that is being measured: enough to go on where a measurement was left. Whole points are not
/// enough to keep: the exact curve measures up to 160 masks together, micro-batch by micro-batch, so that they share
/// hidden states, and none of them is a point before all are. What masks have of finished micro-batches is kept too.
struct CurveProgress {
  struct Point {
    CurvePoint point;
    CorrectBits correct;
    double work = 0;  ///< as in MaskProgress
  };
  std::map<int, Point> points;      ///< by heads kept
  std::vector<int> underWay;        ///< numbers of heads that are being measured together
  std::vector<MaskProgress> masks;  ///< one for each of them
};

/// Measures accuracy at the stops along the curve's order. Coarse to fine: no unit, all, the trained K and every eighth
/// number of units first, then between those that differ most for their intervals, then, where `exact`, all that is
/// left, stretch by stretch, the steepest first. Masks along the order are nested: within a micro-batch the hidden
/// states below the first block that differs are used again; pruned heads are not computed, nor what the logits do not
/// need of the last layer. `full` is the unpruned model's tally; `partial` sees the curve after every group of points.
/// Where `progress` is given, the curve takes from it what the same measurement of the same curve left there, whose
/// result it then has, and leaves there what it measures; `advanced` is called when there is more in it.
[[nodiscard]] MeasuredCurve measureCurve(const Transformer& model, const EvaluationSet& data, Curve start,
                                         const CurvePlan& plan, const Tally& full, const JobContext& context,
                                         const std::function<void(const Curve&)>& partial,
                                         CurveProgress* progress = nullptr, const std::function<void()>& advanced = {});

/// What lies at `kept` heads, judged by the measured neighbours: on the straight line between them; the
/// interval spans both theirs, and what measured points are off such lines.
/// The curve must have points on both sides.
[[nodiscard]] MetricValue betweenPoints(const Curve& curve, int kept);

/// The points that are measured first; every number 0..heads once.
[[nodiscard]] std::vector<int> coarsePoints(int heads, int trainedKeep);

}  // namespace headroom
