// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/store/run_file.h"
#include "core/sweep/curve.h"

namespace headroom {

Curve sweepCurve(Workspace& workspace, const SweepRequest& request, const JobContext& context,
                 const std::function<void(const Curve&)>& partial) {
  Workspace::State& state = workspace.state();
  const Transformer& trained = state.requireModel();
  const std::vector<double>& scores = request.scores.empty() ? state.logAlpha : request.scores;
  if (static_cast<int>(scores.size()) != trained.layout().headCount())
    throw Error(ErrorKind::BadInput, "sweep: found " + std::to_string(scores.size()) + " scores, expected " +
                                         std::to_string(trained.layout().headCount()) +
                                         " (one a head); train gates first or give an order");
  // A run that cannot take the curve is said before the work, not after it.
  std::optional<RunWriter> run;
  if (!request.runPath.empty()) run.emplace(RunWriter::reopen(request.runPath));
  Curve start;
  start.layout = trained.layout();
  const HeadUnits units(trained.layout(), request.unit);
  start.order = units.order(scores);
  start.orderOrigin = request.orderOrigin;
  const Tally& full = state.fullTally(context);
  const CurvePlan plan{units.stops(start.order), request.trainedKeep, request.exact};
  const MeasuredCurve measured =
      measureCurve(state.forEvaluation(trained), state.requireDev(), start, plan, full, context, partial);
  if (run) {
    run->writeSweep(measured.curve, measured.correct);
    run->close();
  }
  return measured.curve;
}

}  // namespace headroom
