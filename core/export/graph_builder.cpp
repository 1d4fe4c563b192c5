// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/graph_builder.h"

#include <algorithm>

#include "core/model/parameters.h"

namespace headroom {

using Name = GraphBuilder::Name;

Name GraphBuilder::input(const std::string& name, Dtype dtype,
                         std::vector<std::variant<std::int64_t, std::string>> shape) {
  m_graph.inputs.push_back({name, dtype, std::move(shape)});
  return name;
}

void GraphBuilder::output(const Name& name, const std::string& as,
                          std::vector<std::variant<std::int64_t, std::string>> shape) {
  m_graph.nodes.push_back({"Identity", {name}, as, {}});
  m_graph.outputs.push_back({as, Dtype::F32, std::move(shape)});
}

Name GraphBuilder::op(const std::string& op, std::vector<Name> inputs, std::vector<GraphAttribute> attributes) {
  const Name made = op + "_" + std::to_string(m_count++);
  m_graph.nodes.push_back({op, std::move(inputs), made, std::move(attributes)});
  return made;
}

Name GraphBuilder::constant(const std::string& name, const torch::Tensor& tensor) {
  const auto same = [&name](const TensorToWrite& other) { return other.name == name; };
  if (std::none_of(m_graph.constants.begin(), m_graph.constants.end(), same))
    m_graph.constants.push_back(tensorToWrite(name, tensor));
  return name;
}

Name GraphBuilder::weight(const std::string& name, const torch::Tensor& tensor) {
  if (tensor.scalar_type() == torch::kFloat32) return constant(name, tensor);
  TensorToWrite wide{
      name, Dtype::F32, tensor.sizes().vec(), [name, tensor](const ByteSink& sink) {
        tensorToWrite(name, tensor.to(torch::kFloat32)).produce(sink);  // one at a time, when its turn has come
      }};
  const auto same = [&name](const TensorToWrite& other) { return other.name == name; };
  if (std::none_of(m_graph.constants.begin(), m_graph.constants.end(), same))
    m_graph.constants.push_back(std::move(wide));
  return name;
}

Name GraphBuilder::number(float value) {
  char text[48];
  std::snprintf(text, sizeof text, "number_%.9g", static_cast<double>(value));
  return constant(text, torch::full({}, value));
}

Name GraphBuilder::whole(std::int64_t value) {
  return constant("whole_" + std::to_string(value), torch::full({}, value, torch::kInt64));
}

Name GraphBuilder::wholes(const std::vector<std::int64_t>& list) {
  std::string name = "wholes";
  for (const std::int64_t each : list) name += "_" + std::to_string(each);
  return constant(name, torch::tensor(list, torch::kInt64));
}

Name GraphBuilder::linear(const std::string& name, const Name& x, const torch::Tensor& weights,
                          const torch::Tensor& bias) {
  const Name product = op("MatMul", {x, weight(name + ".weight", weights.t())});
  return bias.defined() ? op("Add", {product, weight(name + ".bias", bias)}) : product;
}

Name GraphBuilder::slice(const Name& x, const Name& first, const Name& end, std::int64_t axis) {
  return op("Slice", {x, unsqueeze(first, {0}), unsqueeze(end, {0}), wholes({axis})});
}

}  // namespace headroom
