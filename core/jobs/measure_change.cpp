// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/measure_change.h"

#include "core/base/error.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

MaskChange measureChange(Workspace& workspace, const HeadMask& from, const HeadMask& to, const JobContext& context,
                         const std::function<void(const MaskChange&)>& partial) {
  Workspace::State& state = workspace.state();
  for (const HeadMask* mask : {&from, &to})
    if (mask->layout() != state.requireModel().layout())
      throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  const std::int64_t total = state.requireDev().exampleCount();
  const Tally before = measureMask(state, from, context);
  const auto changeTo = [&](const Tally& tally) {
    const EvalResult result = toResult(to, tally, total, &before);
    return MaskChange{from.hash(), to.hash(),      result.metric, result.toFull.value_or(PairedDifference()),
                      total,       result.complete};
  };
  const Tally after = measureMask(state, to, context, [&](const Tally& tally) {
    if (partial && tally.examples < total) partial(changeTo(tally));
  });
  return changeTo(after);
}

}  // namespace headroom
