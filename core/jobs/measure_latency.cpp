// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/measure_latency.h"

#include "core/jobs/workspace_state.h"
#include "core/latency/layer_costs.h"

namespace headroom {

LatencyTable measureLatency(Workspace& workspace, const LatencySettings& settings, const JobContext& context) {
  Workspace::State& state = workspace.state();
  LatencyTable table = measureLayerCosts(state.forEvaluation(state.requireModel()), settings, context);
  table.device = describeDevice(workspace).name;
  table.dtype = state.settings.dtype;
  return table;
}

VerifiedLatency verifyLatency(Workspace& workspace, const HeadMask& mask, const LatencySettings& settings,
                              const JobContext& context) {
  Workspace::State& state = workspace.state();
  const MaskTimes times =
      timeMasks(state.forEvaluation(state.requireModel()), {HeadMask(mask.layout()), mask}, settings, context);
  return {times.ms[0], times.ms[1], times.spread, times.busy};
}

}  // namespace headroom
