// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/head_mask.h"
#include "core/model/transformer.h"

namespace headroom {

/// The same transformer with only the kept heads' rows (Q, K, V) and columns (O); a key/value head goes with the last query
/// head that reads it. Shares every weight that is not cut. What the removed heads' value bias added is gone, as if their
/// outputs were 0: outputs equal the masked model's up to rounding. A block with no head left keeps its output bias.
[[nodiscard]] Transformer compact(const Transformer& model, const HeadMask& mask);

/// The weights with the columns of W_O that read pruned heads set to 0: loads in any program, computes what the mask does,
/// saves nothing.
[[nodiscard]] Parameters zeroed(const Transformer& model, const HeadMask& mask);

/// Parameters that `mask` leaves of the model.
[[nodiscard]] std::int64_t parametersLeft(const ModelConfig& config, const HeadMask& mask);

}  // namespace headroom
