// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/layer_stack.h"

#include <algorithm>
#include <limits>

namespace headroom {

namespace {

/// What a masked score becomes: finite, so that a row without any token still has a softmax.
double lowest(torch::ScalarType type) {
  if (type == torch::kFloat16) return -65504;
  return type == torch::kFloat32 ? std::numeric_limits<float>::lowest() : -3.0e38;
}

/// [1, 1, length, first + length]: the lowest number for keys after the query.
torch::Tensor futureBias(std::int64_t first, std::int64_t length, const torch::TensorOptions& options) {
  const torch::Tensor full = torch::full({length, first + length}, lowest(options.dtype().toScalarType()), options);
  return full.triu(first + 1).view({1, 1, length, first + length});
}

/// The sum of two masks, kept above the lowest number.
torch::Tensor together(const torch::Tensor& a, const torch::Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? torch::minimum(a, b) : a;
}

torch::Tensor indices(const std::vector<int>& values, torch::Device device) {
  return torch::tensor(std::vector<std::int64_t>(values.begin(), values.end()), torch::kInt64).to(device);
}

/// For each kept query head the place of its key/value head among those that are left; undefined where they are one to
/// one.
torch::Tensor keyValueOf(const ModelConfig& config, int block, torch::Device device) {
  const AttentionBlock& shape = config.heads.blocks()[static_cast<size_t>(block)];
  if (!shape.grouped()) return {};
  std::vector<int> places;
  for (int head = 0; head < shape.heads; ++head) places.push_back(shape.keyValueOf(head));
  return indices(places, device);
}

}  // namespace

torch::Tensor paddingBias(const torch::Tensor& mask, torch::ScalarType type) {
  if (!mask.defined()) return {};
  return ((1 - mask.to(type)) * lowest(type)).view({mask.size(0), 1, 1, mask.size(1)});
}

LayerStack::LayerStack(const ModelConfig& config, const Parameters& parameters, Stack stack, torch::ScalarType type)
    : m_config(config),
      m_stack(*config.stack(stack)),
      m_options(torch::TensorOptions().dtype(type).device(parameters.entries().front().tensor.device())) {
  const std::string name = stack == Stack::Encoder ? "encoder" : "decoder";
  m_relativeTable = parameters.find(name + ".relative_bias");
  m_finalNorm = config.finalNorm ? findNorm(parameters, name + ".norm", config) : Norm{};
  for (int layer = 0; layer < m_stack.layers; ++layer) {
    const std::string prefix = name + "." + std::to_string(layer);
    Layer made;
    made.self = makePart(config, parameters, AttentionKind::Self, layer);
    if (m_stack.cross) made.cross = makePart(config, parameters, AttentionKind::Cross, layer);
    made.feedForward = {findLinear(parameters, prefix + ".ff.up"), findLinear(parameters, prefix + ".ff.gate"),
                        findLinear(parameters, prefix + ".ff.down"), config.activation, config.activationDropout};
    made.feedForwardNorm = findNorm(parameters, prefix + ".ff.norm", config);
    m_layers.push_back(std::move(made));
  }
}

LayerStack::Part LayerStack::makePart(const ModelConfig& config, const Parameters& parameters, AttentionKind kind,
                                      int layer) const {
  const std::string prefix = attentionPrefix({m_stack.stack, kind, layer});
  Part part;
  part.block = config.blockOf(m_stack.stack, kind, layer);
  const AttentionBlock& block = config.heads.blocks()[static_cast<size_t>(part.block)];
  const torch::Device device = m_options.device();
  part.weights = {findLinear(parameters, prefix + "query"),
                  findLinear(parameters, prefix + "key"),
                  findLinear(parameters, prefix + "value"),
                  findLinear(parameters, prefix + "output"),
                  block.heads,
                  block.kvHeads,
                  config.headDim,
                  keyValueOf(config, part.block, device)};
  if (block.heads < m_stack.heads)
    part.originalHeads = indices(config.originalHeads[static_cast<size_t>(part.block)], device);
  part.norm = findNorm(parameters, prefix + "norm", config);
  return part;
}

const AttentionWeights& LayerStack::attention(AttentionKind kind, int layer) const {
  const Layer& found = m_layers[static_cast<size_t>(layer)];
  return kind == AttentionKind::Self ? found.self.weights : found.cross.weights;
}

Surroundings LayerStack::surroundings(const torch::Tensor& mask, std::int64_t first, std::int64_t length) const {
  Surroundings around;
  const bool future = m_stack.causal && length > 1;
  around.selfBias = together(paddingBias(mask, m_options.dtype().toScalarType()),
                             future ? futureBias(first, length, m_options) : torch::Tensor());
  if (m_relativeTable.defined()) {
    const torch::Tensor buckets =
        relativeBuckets(m_config, !m_stack.causal, first, length, first + length).to(m_options.device());
    around.relativeBias =
        torch::embedding(m_relativeTable, buckets).to(m_options.dtype()).permute({2, 0, 1}).unsqueeze(0);
  }
  if (m_config.positions == PositionKind::Rotary) around.rotary = rotaryTables(m_config, first, length, m_options);
  return around;
}

AttentionContext LayerStack::context(const Part& part, int layer, const LayerOptions& options) const {
  AttentionContext made;
  made.scale = m_config.attentionScale / (m_config.scaleByLayer ? layer + 1 : 1);
  made.gateForm = options.gateForm;
  if (options.gates) made.gates = (*options.gates)[static_cast<size_t>(part.block)];
  if (options.training) made.dropout = m_config.attentionDropout;
  made.linearised = options.linearised;
  if (options.observer && *options.observer)
    made.observer = [&options, block = part.block](const torch::Tensor& scores, const torch::Tensor& maps) {
      (*options.observer)(block, scores, maps);
    };
  if (options.outputs && *options.outputs)
    made.outputs = [&options, block = part.block](const torch::Tensor& outputs) {
      return (*options.outputs)(block, outputs);
    };
  return made;
}

/// The part sees all positions; what it is added to are those that are asked for.
torch::Tensor LayerStack::residual(const torch::Tensor& x, const Norm& norm, const LayerOptions& options,
                                   const std::function<torch::Tensor(const torch::Tensor&)>& part) const {
  const bool pre = m_config.normPlacement == NormPlacement::Pre;
  const torch::Tensor added =
      dropped(part(pre ? norm(x, options.linearised) : x), m_config.hiddenDropout, options.training);
  const torch::Tensor sum = (options.firstOnly ? x.slice(1, 0, 1) : x) + added;
  return pre ? sum : norm(sum, options.linearised);
}

torch::Tensor LayerStack::run(int index, const torch::Tensor& hidden, const Surroundings& around,
                              const LayerOptions& options) const {
  const Layer& layer = m_layers[static_cast<size_t>(index)];
  torch::Tensor x = residual(hidden, layer.self.norm, options, [&](const torch::Tensor& input) {
    AttentionContext attention = context(layer.self, index, options);
    attention.bias = around.selfBias;
    attention.rotary = around.rotary;
    attention.cache = options.selfCache;
    if (around.relativeBias.defined()) {
      const torch::Tensor& heads = layer.self.originalHeads;
      const torch::Tensor relative = heads.defined() ? around.relativeBias.index_select(1, heads) : around.relativeBias;
      attention.bias = attention.bias.defined() ? relative + attention.bias : relative;
    }
    return attend(layer.self.weights, options.firstOnly ? input.slice(1, 0, 1) : input, input, attention);
  });
  if (m_stack.cross)
    x = residual(x, layer.cross.norm, options, [&](const torch::Tensor& input) {
      AttentionContext attention = context(layer.cross, index, options);
      attention.bias = around.memoryBias;
      attention.cache = options.crossCache;
      return attend(layer.cross.weights, input, options.crossCache ? torch::Tensor() : around.memory, attention);
    });
  return residual(x, layer.feedForwardNorm, options, [&](const torch::Tensor& input) {
    return layer.feedForward(input, options.training, options.linearised);
  });
}

std::vector<KeyValues> LayerStack::memoryKeyValues(const torch::Tensor& memory) const {
  std::vector<KeyValues> all;
  for (const Layer& layer : m_layers)
    all.push_back(layer.cross.weights.heads > 0 ? keyValues(layer.cross.weights, memory) : KeyValues{});
  return all;
}

}  // namespace headroom
