// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/train_on.h"

#include "core/train/trainer.h"

namespace headroom {

TrainedOn trainedOn(const Transformer& small, const Workspace::State& state, TrainSettings settings,
                    const JobContext& context) {
  settings.method = "none";
  settings.unit = "head";  // of the heads that are left
  Trainer trainer(Transformer(small.config(), small.parameters().clone()), *state.train, settings, nullptr,
                  batchSettings(small.config(), state.summary.path));
  while (!trainer.finished()) {
    context.checkStop();
    (void)trainer.step();
    context.yield();
  }
  return {trainer.model(), trainer.stepsDone()};
}

}  // namespace headroom
