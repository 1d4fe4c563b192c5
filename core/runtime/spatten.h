// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/runtime/runtime_gates.h"

namespace headroom {

/// How many heads each layer keeps: `keep` in all (at most the sum of `heads`, each layer's number), falling from about
/// one and a half times the mean to a half, and never more than are sure to be alive whichever the lower layers close.
/// `width` is the number of heads of an unpruned layer.
[[nodiscard]] std::vector<int> cascadeCounts(const std::vector<int>& heads, int width, int keep);

/// SpAtten's cascade (Wang et al. 2021): |head output| is summed up over tokens and layers by the head's index; every
/// layer keeps the heads with the largest sums among those that the layers before it kept. Costs nothing beside the
/// pass.
[[nodiscard]] std::unique_ptr<RuntimeGates> makeCascade(const ModelConfig& config, int keep);

}  // namespace headroom
