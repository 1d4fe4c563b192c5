// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/store/run_file.h"
#include "core/sweep/curve.h"

namespace headroom {

Curve sweepCurve(Workspace& workspace, const SweepRequest& request, const JobContext& context,
                 const std::function<void(const Curve&)>& partial) {
  Workspace::State& state = workspace.state();
  Transformer model = state.requireModel();
  const std::vector<double>& scores = request.scores.empty() ? state.logAlpha : request.scores;
  if (static_cast<int>(scores.size()) != model.layout().headCount())
    throw Error(ErrorKind::BadInput, "sweep: found " + std::to_string(scores.size()) + " scores, expected " +
                                         std::to_string(model.layout().headCount()) +
                                         " (one a head); train gates first or give an order");
  Curve start;
  start.layout = model.layout();
  start.order = keepOrder(scores);
  start.orderOrigin = request.orderOrigin;
  const Tally& full = state.fullTally(context);
  if (state.evaluationType != torch::kFloat32)
    model = Transformer(model.config(), model.parameters().to(state.device, state.evaluationType));
  const MeasuredCurve measured = measureCurve(model, state.requireDev(), start, request.trainedKeep, full, context, partial);
  if (!request.runPath.empty()) {
    RunWriter run = RunWriter::reopen(request.runPath);
    run.writeSweep(measured.curve, measured.correct);
    run.close();
  }
  return measured.curve;
}

}  // namespace headroom
