// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/transformer.h"

#include <limits>

#include "core/base/error.h"

namespace headroom {

namespace {

torch::Tensor dropped(const torch::Tensor& x, double probability, bool training) {
  return training && probability > 0 ? torch::dropout(x, probability, true) : x;
}

}  // namespace

Transformer::Transformer(ModelConfig config, Parameters parameters)
    : m_config(std::move(config)), m_parameters(std::move(parameters)), m_embeddingNorm(norm("embeddings.norm")) {
  for (int layer = 0; layer < m_config.layers; ++layer) m_layers.push_back(makeLayer(layer));
}

Transformer::Norm Transformer::norm(const std::string& prefix) const {
  return {m_parameters.at(prefix + ".weight"), m_parameters.at(prefix + ".bias")};
}

Transformer::Layer Transformer::makeLayer(int index) const {
  const std::string layer = "encoder." + std::to_string(index);
  const auto at = [&](const std::string& name) { return m_parameters.at(layer + name); };
  AttentionWeights attention{at(".self.query.weight"), at(".self.query.bias"), at(".self.key.weight"),
                             at(".self.key.bias"),     at(".self.value.weight"), at(".self.value.bias"),
                             at(".self.output.weight"), at(".self.output.bias"), m_config.heads.headsIn(index), m_config.headDim};
  return {attention,           norm(layer + ".self.norm"), at(".ff.up.weight"), at(".ff.up.bias"), at(".ff.down.weight"),
          at(".ff.down.bias"), norm(layer + ".ff.norm")};
}

void Transformer::replaceAttention(int block, AttentionWeights weights) {
  m_layers[static_cast<size_t>(block)].attention = std::move(weights);
}

torch::Tensor Transformer::normalise(const torch::Tensor& x, const Norm& norm) const {
  return torch::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, m_config.normEps);
}

torch::Tensor Transformer::activate(const torch::Tensor& x) const {
  switch (m_config.activation) {
    case Activation::Gelu: return torch::gelu(x);
    case Activation::GeluTanh: return torch::gelu(x, "tanh");
    case Activation::Relu: return torch::relu(x);
    case Activation::Silu: return torch::silu(x);
  }
  throw Error(ErrorKind::BadInput, "config.json: unknown activation");
}

torch::Tensor Transformer::embed(const TokenBatch& batch, bool training) const {
  const std::int64_t length = batch.ids.size(1);
  if (length > m_config.maxPositions)
    throw Error(ErrorKind::BadInput, "input_ids: found " + std::to_string(length) + " tokens, expected at most " +
                                         std::to_string(m_config.maxPositions) + " (max_position_embeddings)");
  torch::Tensor x = torch::embedding(m_parameters.at("embeddings.word"), batch.ids);
  const torch::Tensor& types = m_parameters.at("embeddings.type");
  x = x + (batch.types.defined() ? torch::embedding(types, batch.types) : types[0]);
  x = x + m_parameters.at("embeddings.position").slice(0, 0, length);
  return dropped(normalise(x, m_embeddingNorm), m_config.hiddenDropout, training);
}

torch::Tensor Transformer::maskBias(const TokenBatch& batch) const {
  if (!batch.mask.defined()) return {};
  const auto type = m_parameters.at("embeddings.word").scalar_type();
  const torch::Tensor padding = 1 - batch.mask.to(type);
  const double lowest = type == torch::kFloat32 ? std::numeric_limits<float>::lowest() : -3.0e38;
  return (padding * lowest).view({batch.mask.size(0), 1, 1, batch.mask.size(1)});
}

torch::Tensor Transformer::runLayer(int index, const torch::Tensor& hidden, AttentionContext attention, bool training) const {
  const Layer& layer = m_layers[static_cast<size_t>(index)];
  if (training) attention.dropout = m_config.attentionDropout;
  const torch::Tensor attended = dropped(attend(layer.attention, hidden, attention), m_config.hiddenDropout, training);
  const torch::Tensor middle = normalise(hidden + attended, layer.attentionNorm);
  const torch::Tensor up = activate(torch::linear(middle, layer.upWeight, layer.upBias));
  const torch::Tensor down = dropped(torch::linear(up, layer.downWeight, layer.downBias), m_config.hiddenDropout, training);
  return normalise(middle + down, layer.outputNorm);
}

torch::Tensor Transformer::classify(const torch::Tensor& hidden, bool training) const {
  const torch::Tensor first = hidden.select(1, 0);
  const torch::Tensor pooled = torch::tanh(torch::linear(first, m_parameters.at("pooler.weight"), m_parameters.at("pooler.bias")));
  return torch::linear(dropped(pooled, m_config.classifierDropout, training), m_parameters.at("classifier.weight"),
                       m_parameters.at("classifier.bias"));
}

ForwardOutput Transformer::forward(const TokenBatch& batch, const ForwardOptions& options) const {
  ForwardOutput output;
  std::vector<torch::Tensor> gates;
  if (options.gates.defined()) {
    std::vector<std::int64_t> sizes;
    for (const AttentionBlock& block : layout().blocks()) sizes.push_back(block.heads);
    gates = options.gates.split_with_sizes(sizes);
  }
  const torch::Tensor bias = maskBias(batch);
  torch::Tensor hidden = embed(batch, options.training);
  if (options.keepHiddenStates) output.hiddenStates.push_back(hidden);
  output.attentions.resize(options.keepAttentions ? static_cast<size_t>(m_config.layers) : 0);
  for (int layer = 0; layer < m_config.layers; ++layer) {
    AttentionContext context{bias, gates.empty() ? torch::Tensor() : gates[static_cast<size_t>(layer)], options.gateForm, 0, {}};
    if (options.keepAttentions || options.observer)
      context.observer = [&, layer](const torch::Tensor& scores, const torch::Tensor& maps) {
        if (options.keepAttentions) output.attentions[static_cast<size_t>(layer)] = maps;
        if (options.observer) options.observer(layer, scores, maps);
      };
    hidden = runLayer(layer, hidden, std::move(context), options.training);
    if (options.keepHiddenStates) output.hiddenStates.push_back(hidden);
  }
  output.logits = classify(hidden, options.training);
  return output;
}

}  // namespace headroom
