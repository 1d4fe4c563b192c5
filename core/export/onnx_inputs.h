// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "core/export/graph.h"
#include "core/model/transformer.h"

namespace headroom {

/// Exported graphs by their names: see transformerGraphs().
using OnnxGraphs = std::map<std::string, Graph>;

/// What the exported model computes for a batch, shaped as Transformer::forward() gives it: encoder-decoders through
/// both graphs, start and end of answers side by side.
[[nodiscard]] torch::Tensor onnxLogits(const OnnxGraphs& graphs, const ModelConfig& config, const ModelInput& input);

}  // namespace headroom
