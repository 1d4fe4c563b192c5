// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

/// The model as it was opened, with every head: measured once, and shown while it is.
EvalResult evaluateOpened(Workspace::State& state, const HeadMask& mask, const JobContext& context,
                          const std::function<void(const EvalResult&)>& partial) {
  const std::int64_t total = state.requireDev().exampleCount();
  const Tally& full = state.fullTally(context, [&](const Tally& tally) {
    if (partial && tally.examples < total) partial(toResult(mask, tally, total, &tally));
  });
  return toResult(mask, full, total, &full);
}

}  // namespace

Tally measureMask(Workspace::State& state, const HeadMask& mask, const JobContext& context,
                  const std::function<void(const Tally&)>& afterBatch) {
  const EvaluationSet& data = state.requireDev();
  // A copy: other masks may be asked for between the batches.
  MaskTallies::Entry entry = state.maskTallies.of(mask.hash(), data.emptyTally());
  if (entry.batches == data.batches().size()) return entry.tally;
  if (entry.batches > 0 && afterBatch) afterBatch(entry.tally);
  const auto keep = [&] { state.maskTallies.of(mask.hash(), data.emptyTally()) = entry; };
  try {
    evaluateOn(entry, state.forEvaluation(*state.current, mask), data, context, afterBatch);
  } catch (const Cancelled&) {
    keep();
    throw;
  }
  keep();
  return entry.tally;
}

EvalResult evaluateMask(Workspace& workspace, const EvaluateMaskRequest& request, const JobContext& context,
                        const std::function<void(const EvalResult&)>& partial) {
  Workspace::State& state = workspace.state();
  const Transformer& current = state.requireModel();
  const EvaluationSet& data = state.requireDev();
  const HeadMask mask = request.mask.value_or(HeadMask(current.layout()));
  if (mask.layout() != current.layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  if (request.compareWithFull && mask.all() && state.currentIsOpened())
    return evaluateOpened(state, mask, context, partial);
  // The mask first: its own number need not wait for the unpruned model's.
  const Tally* known = request.compareWithFull && state.full ? &*state.full : nullptr;
  const auto publish = [&](const Tally& tally) {
    if (partial && tally.examples < data.exampleCount()) partial(toResult(mask, tally, data.exampleCount(), known));
  };
  const Tally tally = measureMask(state, mask, context, publish);
  const Tally* full = nullptr;
  if (request.compareWithFull)
    full = &state.fullTally(context, [&](const Tally& seen) {
      if (!partial || seen.examples == data.exampleCount()) return;
      EvalResult part = toResult(mask, tally, data.exampleCount(), &seen);
      part.complete = false;
      partial(part);
    });
  EvalResult result = toResult(mask, tally, data.exampleCount(), full);
  result.others = otherMetrics(tally, data.data());
  return result;
}

}  // namespace headroom
