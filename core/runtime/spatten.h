// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/runtime_gates.h"

namespace headroom {

/// How many heads each layer keeps: never more than the layer before, `keep` in all, falling from about one and a half
/// times the mean. `heads` is each layer's number.
[[nodiscard]] std::vector<int> cascadeCounts(const std::vector<int>& heads, int keep);

/// SpAtten's cascade (Wang et al. 2021): |head output| is summed up over tokens and layers by the head's index; every
/// layer keeps the heads with the largest sums among those that the layers before it kept. Costs nothing beside the
/// pass.
[[nodiscard]] std::unique_ptr<RuntimeGates> makeCascade(const ModelConfig& config, int keep);

}  // namespace headroom
