// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/head_mask.h"
#include "core/checkpoint/model_config.h"

namespace headroom {

/// The config.json of the model that is left when the heads outside `mask` are cut out: the same fields, with
/// `pruned_heads` (numbers of the unpruned model, read by Hugging Face) and `headroom.heads_per_layer` set. `mask` is
/// over config.heads.
[[nodiscard]] std::string prunedConfigJson(const ModelConfig& config, const HeadMask& mask);
/// The same fields with `headroom.removed_heads`: what the removed heads left behind, "nothing" or "value bias" (folded
/// into the output bias). Where the model was pruned with folding before, it stays so.
[[nodiscard]] std::string withRemovedHeads(const std::string& json, bool valueBiasFolded);

}  // namespace headroom
