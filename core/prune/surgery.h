// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/head_mask.h"
#include "core/model/transformer.h"

namespace headroom {

/// The block's projections with only the kept heads' rows (Q, K, V) and columns (O). What the removed heads' value bias
/// added is gone, as if their outputs were 0: exactly what a mask does. With no head left, the output bias remains.
[[nodiscard]] AttentionWeights keepHeads(const AttentionWeights& weights, const std::vector<int>& heads);

/// The same transformer without the heads outside `mask`; shares every weight that is not cut. Outputs equal the masked
/// model's up to rounding.
[[nodiscard]] Transformer compact(const Transformer& model, const HeadMask& mask);

/// The weights with the columns of W_O that read pruned heads set to 0: loads in any program, computes what the mask does,
/// saves nothing.
[[nodiscard]] Parameters zeroed(const Transformer& model, const HeadMask& mask);

/// Parameters that `mask` leaves of the model.
[[nodiscard]] std::int64_t parametersLeft(const ModelConfig& config, const HeadMask& mask);

}  // namespace headroom
