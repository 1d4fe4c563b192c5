// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/checkpoint/config_fields.h"
#include "core/checkpoint/model_config.h"

namespace headroom {

/// The blocks that the configuration's stacks have before any pruning: encoder.self, decoder.self, decoder.cross.
[[nodiscard]] std::vector<AttentionBlock> blocksOf(const ModelConfig& config);

/// For each of those blocks the query heads that are left, as config.json says: our own {"headroom": {"kept_heads":
/// ...}} or, in older files, {"headroom": {"heads_per_layer": ...}} wins over Hugging Face's pruned_heads. Throws Error
/// for heads or layers that do not exist.
[[nodiscard]] std::vector<std::vector<int>> readKeptHeads(const ConfigFields& fields, const ModelConfig& config);

}  // namespace headroom
