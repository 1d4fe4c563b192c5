// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/export/graph.h"

namespace headroom {

/// libonnx behind a door of its own, for the same reason as SentencePieceLibrary. All functions return what went wrong;
/// empty = done.
class OnnxLibrary {
 public:
  virtual ~OnnxLibrary() = default;
  /// Writes the graph as an ONNX model (IR version 8, operators of opset 17) and has onnx's checker look at it.
  /// Constants go into `path` itself as long as they take at most `inlineBytes` together, else into a file beside it,
  /// PATH.data: protobuf holds no more than 2 GB.
  [[nodiscard]] virtual std::string write(const Graph& graph, const std::string& path, std::int64_t inlineBytes) = 0;
  /// Reads such a file back; constants are held in memory.
  [[nodiscard]] virtual std::string read(const std::string& path, Graph& graph) = 0;
};

using MakeOnnx = OnnxLibrary* (*)();
constexpr const char* kMakeOnnx = "headroomMakeOnnx";

}  // namespace headroom
