// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/export/graph.h"

namespace headroom {

/// Larger models keep their weights in a file beside them.
constexpr std::int64_t kLargestOnnxFile = 1'500'000'000;  // bytes; protobuf ends at 2^31

/// Writes an ONNX file (opset 17) and has onnx's own checker look at it. Throws Error(Io) when that finds a fault or
/// the file cannot be written; Error(BadInput) when this program was built without libonnx.
void writeOnnxFile(const std::string& path, const Graph& graph, std::int64_t inlineBytes = kLargestOnnxFile);
/// Reads a file that writeOnnxFile() wrote.
[[nodiscard]] Graph readOnnxFile(const std::string& path);

}  // namespace headroom
