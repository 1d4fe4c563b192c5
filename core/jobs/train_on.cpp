// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/train_on.h"

#include "core/train/trainer.h"

namespace headroom {

namespace {

Trainer trainerOf(const Transformer& small, const Workspace::State& state, const TrainSettings& settings,
                  Recovery recovery) {
  const BatchSettings batches = batchSettings(small.config(), state.summary.path);
  if (recovery == Recovery::AllWeights)
    return {{small.config(), small.parameters().clone()}, *state.train, settings, nullptr, batches};
  return {small, *state.train, settings, nullptr, batches, std::make_unique<LowRankAdapters>(small, settings.seed)};
}

}  // namespace

TrainedOn trainedOn(const Transformer& small, const Workspace::State& state, TrainSettings settings,
                    const JobContext& context, Recovery recovery) {
  settings.method = "none";
  settings.unit = "head";  // of the heads that are left
  Trainer trainer = trainerOf(small, state, settings, recovery);
  while (!trainer.finished()) {
    context.checkStop();
    (void)trainer.step();
    context.yield();
  }
  return {trainer.model(), trainer.stepsDone()};
}

}  // namespace headroom
