// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/head_mask.h"
#include "core/checkpoint/model_config.h"

namespace headroom {

/// Multiply-adds a token of one layer of the model under a mask: projections, scores, context, feed-forward; what
/// passes over neither weights nor keys is left out. Layers are numbered as Transformer::layerOf() does.
[[nodiscard]] double layerWork(const ModelConfig& config, int layer, const HeadMask& mask, double length);
/// The same where only one of `length` positions is asked of the layer, spread over all of them.
[[nodiscard]] double firstOnlyWork(const ModelConfig& config, int layer, const HeadMask& mask, double length);

}  // namespace headroom
