// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/graph_runner.h"

#include <cstring>
#include <functional>

#include "core/base/error.h"

namespace headroom {

namespace {

using Tensors = std::vector<torch::Tensor>;

/// One node with its inputs at hand.
class Operation {
 public:
  Operation(const GraphNode& node, Tensors inputs) : m_node(node), m_in(std::move(inputs)) {}

  [[nodiscard]] const torch::Tensor& in(size_t i) const { return m_in.at(i); }
  [[nodiscard]] bool has(size_t i) const { return i < m_in.size() && m_in[i].defined(); }
  [[nodiscard]] std::int64_t scalar(size_t i) const { return in(i).item<std::int64_t>(); }
  [[nodiscard]] std::vector<std::int64_t> list(size_t i) const {
    const torch::Tensor values = in(i).to(torch::kInt64).contiguous();
    return {values.data_ptr<std::int64_t>(), values.data_ptr<std::int64_t>() + values.numel()};
  }
  [[nodiscard]] const Tensors& all() const { return m_in; }

  template <typename Value>
  [[nodiscard]] Value attribute(const char* name, Value otherwise) const {
    for (const GraphAttribute& each : m_node.attributes)
      if (each.name == name) return std::get<Value>(each.value);
    return otherwise;
  }
  [[nodiscard]] std::int64_t axis(std::int64_t otherwise = 0) const {
    return attribute<std::int64_t>("axis", otherwise);
  }

 private:
  const GraphNode& m_node;
  Tensors m_in;
};

torch::Tensor reshape(const Operation& o) {
  std::vector<std::int64_t> shape = o.list(1);
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 0) shape[i] = o.in(0).size(static_cast<std::int64_t>(i));
  return o.in(0).reshape(shape);
}

torch::Tensor gather(const Operation& o) {
  const std::int64_t axis = o.axis() < 0 ? o.axis() + o.in(0).dim() : o.axis();
  const torch::Tensor& index = o.in(1);
  const torch::Tensor rows = o.in(0).index_select(axis, index.reshape({-1}));
  std::vector<std::int64_t> shape = o.in(0).sizes().vec();
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, index.sizes().begin(), index.sizes().end());
  return rows.reshape(shape);
}

/// batch_dims = 1, one index a row.
torch::Tensor gatherNd(const Operation& o) {
  const torch::Tensor rows = torch::arange(o.in(0).size(0), torch::kInt64);
  return o.in(0).index({rows, o.in(1).reshape({-1})});
}

torch::Tensor slice(const Operation& o) {
  torch::Tensor x = o.in(0);
  const std::vector<std::int64_t> first = o.list(1), end = o.list(2), axes = o.list(3);
  for (size_t i = 0; i < axes.size(); ++i) x = x.slice(axes[i], first[i], end[i]);
  return x;
}

torch::Tensor unsqueeze(const Operation& o) {
  torch::Tensor x = o.in(0);
  for (const std::int64_t axis : o.list(1)) x = x.unsqueeze(axis);
  return x;
}

torch::Tensor cast(const Operation& o) {
  return o.in(0).to(o.attribute<std::int64_t>("to", 1) == 7 ? torch::kInt64 : torch::kFloat32);
}

torch::Tensor layerNorm(const Operation& o) {
  return torch::layer_norm(o.in(0), {o.in(0).size(-1)}, o.in(1), o.has(2) ? o.in(2) : torch::Tensor(),
                           o.attribute<float>("epsilon", 1e-5f));
}

const std::map<std::string, std::function<torch::Tensor(const Operation&)>>& operations() {
  using O = const Operation&;
  static const std::map<std::string, std::function<torch::Tensor(const Operation&)>> table{
      {"Add", [](O o) { return o.in(0) + o.in(1); }},
      {"Sub", [](O o) { return o.in(0) - o.in(1); }},
      {"Mul", [](O o) { return o.in(0) * o.in(1); }},
      {"Div", [](O o) { return o.in(0) / o.in(1); }},
      {"Min", [](O o) { return torch::minimum(o.in(0), o.in(1)); }},
      {"Max", [](O o) { return torch::maximum(o.in(0), o.in(1)); }},
      {"Clip", [](O o) { return torch::clamp(o.in(0), o.in(1).item(), o.in(2).item()); }},
      {"Neg", [](O o) { return -o.in(0); }},
      {"Sqrt", [](O o) { return torch::sqrt(o.in(0)); }},
      {"Erf", [](O o) { return torch::erf(o.in(0)); }},
      {"Tanh", [](O o) { return torch::tanh(o.in(0)); }},
      {"Sigmoid", [](O o) { return torch::sigmoid(o.in(0)); }},
      {"Relu", [](O o) { return torch::relu(o.in(0)); }},
      {"Not", [](O o) { return o.in(0).logical_not(); }},
      {"Equal", [](O o) { return o.in(0).eq(o.in(1)); }},
      {"Less", [](O o) { return o.in(0).lt(o.in(1)); }},
      {"Where", [](O o) { return torch::where(o.in(0), o.in(1), o.in(2)); }},
      {"MatMul", [](O o) { return torch::matmul(o.in(0), o.in(1)); }},
      {"Softmax", [](O o) { return torch::softmax(o.in(0), o.axis(-1)); }},
      {"LayerNormalization", layerNorm},
      {"ReduceMean", [](O o) { return o.in(0).mean(o.attribute<std::vector<std::int64_t>>("axes", {-1}), true); }},
      {"ReduceSum", [](O o) { return o.in(0).sum(o.list(1), o.attribute<std::int64_t>("keepdims", 1) != 0); }},
      {"ArgMax", [](O o) { return o.in(0).argmax(o.axis(), o.attribute<std::int64_t>("keepdims", 1) != 0); }},
      {"CumSum", [](O o) { return o.in(0).cumsum(o.scalar(1)); }},
      {"Conv",
       [](O o) {
         return torch::conv2d(o.in(0), o.in(1), o.has(2) ? o.in(2) : torch::Tensor(),
                              o.attribute<std::vector<std::int64_t>>("strides", {1, 1}));
       }},
      {"Reshape", reshape},
      {"Transpose", [](O o) { return o.in(0).permute(o.attribute<std::vector<std::int64_t>>("perm", {})); }},
      {"Unsqueeze", unsqueeze},
      {"Concat", [](O o) { return torch::cat(o.all(), o.axis()); }},
      {"Expand", [](O o) { return o.in(0).expand(o.list(1)); }},
      {"Slice", slice},
      {"Gather", gather},
      {"GatherND", gatherNd},
      {"Shape", [](O o) { return torch::tensor(o.in(0).sizes().vec(), torch::kInt64); }},
      {"Range", [](O o) { return torch::arange(o.scalar(0), o.scalar(1), o.scalar(2), torch::kInt64); }},
      {"Cast", cast},
      {"Identity", [](O o) { return o.in(0); }},
  };
  return table;
}

torch::Tensor constantOf(const TensorToWrite& constant) {
  const auto type = constant.dtype == Dtype::I64    ? torch::kInt64
                    : constant.dtype == Dtype::Bool ? torch::kBool
                                                    : torch::kFloat32;
  torch::Tensor tensor = torch::empty(constant.shape, type);
  size_t at = 0;
  constant.produce([&](std::span<const std::byte> piece) {
    if (at + piece.size() > tensor.nbytes())
      throw Error(ErrorKind::BadFile, "constant " + constant.name + ": found more bytes than its shape has");
    std::memcpy(static_cast<std::byte*>(tensor.data_ptr()) + at, piece.data(), piece.size());
    at += piece.size();
  });
  if (at != tensor.nbytes())
    throw Error(ErrorKind::BadFile, "constant " + constant.name + ": found fewer bytes than its shape has");
  return tensor;
}

}  // namespace

std::map<std::string, torch::Tensor> runGraph(const Graph& graph, const std::map<std::string, torch::Tensor>& inputs) {
  const torch::NoGradGuard noGrad;
  std::map<std::string, torch::Tensor> values;
  for (const GraphValue& input : graph.inputs) {
    const auto given = inputs.find(input.name);
    if (given == inputs.end())
      throw Error(ErrorKind::BadFile, "graph " + graph.name + ": found no input " + input.name);
    values[input.name] = given->second;
  }
  for (const TensorToWrite& constant : graph.constants) values[constant.name] = constantOf(constant);
  for (const GraphNode& node : graph.nodes) {
    const auto operation = operations().find(node.op);
    if (operation == operations().end())
      throw Error(ErrorKind::BadFile,
                  "graph " + graph.name + ": found the operation " + node.op + ", which is unknown");
    Tensors in;
    for (const std::string& name : node.inputs) in.push_back(name.empty() ? torch::Tensor() : values.at(name));
    values[node.output] = operation->second(Operation(node, std::move(in)));
  }
  std::map<std::string, torch::Tensor> outputs;
  for (const GraphValue& output : graph.outputs) outputs[output.name] = values.at(output.name);
  return outputs;
}

}  // namespace headroom
