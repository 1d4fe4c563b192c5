// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/onnx_file.h"

#include <filesystem>
#include <memory>

#include "core/base/error.h"
#include "core/base/side_module.h"
#include "core/export/onnx/library.h"

namespace headroom {

namespace {

std::unique_ptr<OnnxLibrary> openLibrary() {
  static const auto make = reinterpret_cast<MakeOnnx>(sideModuleFunction("libheadroom_onnx.so", kMakeOnnx));
  return std::unique_ptr<OnnxLibrary>(make());
}

void require(const std::string& complaint, const std::string& path) {
  if (complaint.empty()) return;
  throw Error(ErrorKind::Io, path + ": " + complaint.substr(0, complaint.find('\n')));
}

}  // namespace

void writeOnnxFile(const std::string& path, const Graph& graph, std::int64_t inlineBytes) {
  require(openLibrary()->write(graph, path, inlineBytes), path);
}

Graph readOnnxFile(const std::string& path) {
  Graph graph;
  require(openLibrary()->read(path, graph), path);
  return graph;
}

}  // namespace headroom
