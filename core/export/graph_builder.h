// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/export/graph.h"
#include "core/model/torch_api.h"

namespace headroom {

/// Writes a Graph operation by operation. Every function returns the name of what it adds.
class GraphBuilder {
 public:
  using Name = std::string;

  explicit GraphBuilder(std::string graphName) { m_graph.name = std::move(graphName); }

  Name input(const std::string& name, Dtype dtype, std::vector<std::variant<std::int64_t, std::string>> shape);
  void output(const Name& name, const std::string& as, std::vector<std::variant<std::int64_t, std::string>> shape);

  Name op(const std::string& op, std::vector<Name> inputs, std::vector<GraphAttribute> attributes = {});
  /// A weight in float32; the same name is added once.
  Name weight(const std::string& name, const torch::Tensor& tensor);
  Name number(float value);
  Name whole(std::int64_t value);                      ///< a scalar
  Name wholes(const std::vector<std::int64_t>& list);  ///< [n]

  // What comes up again and again.
  Name linear(const std::string& name, const Name& x, const torch::Tensor& weight, const torch::Tensor& bias);
  Name reshape(const Name& x, const std::vector<std::int64_t>& shape) { return op("Reshape", {x, wholes(shape)}); }
  Name transpose(const Name& x, const std::vector<std::int64_t>& order) {
    return op("Transpose", {x}, {{"perm", order}});
  }
  Name unsqueeze(const Name& x, const std::vector<std::int64_t>& axes) { return op("Unsqueeze", {x, wholes(axes)}); }
  /// The size of `x` along an axis, a scalar.
  Name sizeOf(const Name& x, std::int64_t axis) {
    return op("Gather", {op("Shape", {x}), whole(axis)}, {{"axis", std::int64_t{0}}});
  }
  /// Rows `first` up to before `end` (scalars) along an axis.
  Name slice(const Name& x, const Name& first, const Name& end, std::int64_t axis);
  /// One row along an axis, which goes.
  Name select(const Name& x, std::int64_t row, std::int64_t axis) {
    return op("Gather", {x, whole(row)}, {{"axis", axis}});
  }
  Name toFloat(const Name& x) { return op("Cast", {x}, {{"to", std::int64_t{1}}}); }
  Name toWhole(const Name& x) { return op("Cast", {x}, {{"to", std::int64_t{7}}}); }

  [[nodiscard]] Graph finish() { return std::move(m_graph); }

 private:
  Name constant(const std::string& name, const torch::Tensor& tensor);

  Graph m_graph;
  int m_count = 0;
};

}  // namespace headroom
