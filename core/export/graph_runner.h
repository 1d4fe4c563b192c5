// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>

#include "core/export/graph.h"
#include "core/model/torch_api.h"

namespace headroom {

/// Computes a graph with LibTorch, operation by operation, as ONNX defines them: what an exported model is checked with
/// before it is handed out. Knows the operations that transformerGraphs() uses. Throws Error(BadFile) for any other, or
/// for an input that is missing.
[[nodiscard]] std::map<std::string, torch::Tensor> runGraph(const Graph& graph,
                                                            const std::map<std::string, torch::Tensor>& inputs);

}  // namespace headroom
