// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/propose_mask.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/jobs/measure_latency.h"
#include "core/jobs/workspace_state.h"
#include "core/propose/latency_order.h"
#include "core/sweep/curve.h"

namespace headroom {

namespace {

Curve measureAlong(Workspace::State& state, std::vector<int> order, std::vector<int> stops, const JobContext& context) {
  const Transformer& model = state.requireModel();
  Curve start;
  start.layout = model.layout();
  start.order = std::move(order);
  const CurvePlan plan{std::move(stops)};
  return measureCurve(state.forEvaluation(model), state.requireDev(), start, plan, state.fullTally(context), context,
                      {})
      .curve;
}

}  // namespace

Proposal proposeMask(Workspace& workspace, const ProposeRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const HeadLayout& layout = state.requireModel().layout();
  const std::vector<double>& scores = request.scores.empty() ? state.logAlpha : request.scores;
  if (static_cast<int>(scores.size()) != layout.headCount())
    throw Error(ErrorKind::BadInput, "propose: found " + std::to_string(scores.size()) + " scores, expected " +
                                         std::to_string(layout.headCount()) +
                                         " (one a head); train gates first or give an order");
  const HeadUnits units(layout, request.unit);
  (void)state.requireDev();
  Proposal proposal;
  proposal.table = request.table ? *request.table : measureLatency(workspace, request.latency, context);
  if (!proposal.table.busy.empty() && !request.evenIfBusy) throw Error(ErrorKind::Busy, proposal.table.busy);
  const std::vector<int> order = units.order(scores);
  proposal.choices = choicesAlong(measureAlong(state, order, units.stops(order), context), proposal.table);
  const std::vector<int> aware = latencyOrder(units, scores, proposal.table);
  const std::vector<MaskChoice> more =
      choicesAlong(measureAlong(state, aware, units.stops(aware), context), proposal.table);
  proposal.choices.insert(proposal.choices.end(), more.begin(), more.end());
  std::stable_sort(proposal.choices.begin(), proposal.choices.end(),
                   [](const MaskChoice& a, const MaskChoice& b) { return a.ms < b.ms; });
  markPareto(proposal.choices);
  proposal.best = bestChoice(proposal.choices, request.demand);
  return proposal;
}

}  // namespace headroom
