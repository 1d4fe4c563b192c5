// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/measure_latency.h"

#include <unistd.h>

#include "core/base/files.h"
#include "core/base/this_machine.h"
#include "core/jobs/workspace_state.h"
#include "core/latency/layer_costs.h"
#include "core/store/run_file.h"

namespace headroom {

LatencyTable measureLatency(Workspace& workspace, const LatencySettings& settings, const JobContext& context) {
  Workspace::State& state = workspace.state();
  LatencyTable table = measureLayerCosts(state.forEvaluation(state.requireModel()), settings, context);
  const DeviceSummary device = describeDevice(workspace);
  table.device = device.name;
  table.dtype = device.dtype;
  table.machine = device.machine;
  table.threads = device.threads;
  table.libtorch = device.libtorch;
  table.measured = nowUtc();
  return table;
}

void keepLatency(const std::string& runPath, const LatencyTable& table) {
  // In a folder that can be written to, a read-only file could be replaced: its owner did not mean that.
  if (::access(runPath.c_str(), W_OK) != 0) failWithErrno(runPath, "write");
  RunWriter run = RunWriter::reopen(runPath);
  run.writeLatency(table);
  run.close();
}

VerifiedLatency verifyLatency(Workspace& workspace, const HeadMask& mask, const LatencySettings& settings,
                              const JobContext& context) {
  Workspace::State& state = workspace.state();
  const MaskTimes times =
      timeMasks(state.forEvaluation(state.requireModel()), {HeadMask(mask.layout()), mask}, settings, context);
  return {times.ms[0], times.ms[1], times.spread, times.busy};
}

}  // namespace headroom
