// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "core/checkpoint/safetensors.h"

namespace headroom {

struct GraphAttribute {
  std::string name;
  std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
};

/// One operation in ONNX's terms.
struct GraphNode {
  std::string op;
  std::vector<std::string> inputs;  ///< "" = an optional one that is left out
  std::string output;
  std::vector<GraphAttribute> attributes;
};

/// What goes in or comes out. A size is a number or the name of one that may vary ("batch").
struct GraphValue {
  std::string name;
  Dtype dtype = Dtype::F32;
  std::vector<std::variant<std::int64_t, std::string>> shape;
};

/// A model as a list of operations in the order in which they are computed. Knows neither Torch nor ONNX's own classes.
struct Graph {
  std::string name;
  std::vector<GraphValue> inputs, outputs;
  std::vector<GraphNode> nodes;
  std::vector<TensorToWrite> constants;
  std::map<std::string, std::string> metadata;
};

}  // namespace headroom
