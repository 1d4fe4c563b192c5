// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/jobs/workspace_state.h"

namespace headroom {

/// What is trained of a pruned model.
enum class Recovery { AllWeights, LowRank };

struct TrainedOn {
  Transformer model;
  std::int64_t steps = 0;
};

/// A copy of a model whose heads were chosen and cut out, its weights trained on with the open training data, for as
/// many steps as the settings say; `small` stays as it is. By LowRankAdapters these are merged. Throws
/// Cancelled, and Error(BadInput) where these find nothing to adapt.
[[nodiscard]] TrainedOn trainedOn(const Transformer& small, const Workspace::State& state, TrainSettings settings,
                                  const JobContext& context, Recovery recovery = Recovery::AllWeights);

}  // namespace headroom
