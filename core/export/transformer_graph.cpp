// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/transformer_graph.h"

#include <cmath>
#include <limits>
#include <numbers>

#include "core/base/error.h"
#include "core/export/graph_builder.h"

namespace headroom {

namespace {

using Name = GraphBuilder::Name;

constexpr std::int64_t kLastAxis = -1;
constexpr float kLowest = std::numeric_limits<float>::lowest();

/// The norm NAME of x; x itself where the model has no such norm.
Name normed(GraphBuilder& graph, const ModelConfig& config, const Parameters& weights, const std::string& name,
            const Name& x) {
  const torch::Tensor weight = weights.find(name + ".weight"), bias = weights.find(name + ".bias");
  if (!weight.defined()) return x;
  const auto eps = static_cast<float>(config.normEps);
  if (config.norm == NormKind::LayerNorm) {
    std::vector<Name> inputs{x, graph.weight(name + ".weight", weight)};
    if (bias.defined()) inputs.push_back(graph.weight(name + ".bias", bias));
    return graph.op("LayerNormalization", inputs, {{"axis", kLastAxis}, {"epsilon", eps}});
  }
  const Name mean = graph.op("ReduceMean", {graph.op("Mul", {x, x})}, {{"axes", std::vector<std::int64_t>{-1}}});
  const Name root = graph.op("Sqrt", {graph.op("Add", {mean, graph.number(eps)})});
  return graph.op("Mul", {graph.op("Div", {x, root}), graph.weight(name + ".weight", weight)});
}

Name activated(GraphBuilder& graph, Activation activation, const Name& x) {
  const auto times = [&](const Name& a, double factor) {
    return graph.op("Mul", {a, graph.number(static_cast<float>(factor))});
  };
  const auto plusOne = [&](const Name& a) { return graph.op("Add", {a, graph.number(1)}); };
  switch (activation) {
    case Activation::Relu: return graph.op("Relu", {x});
    case Activation::Silu: return graph.op("Mul", {x, graph.op("Sigmoid", {x})});
    case Activation::Gelu:
      return graph.op("Mul", {times(x, 0.5), plusOne(graph.op("Erf", {times(x, std::numbers::sqrt2 / 2)}))});
    case Activation::GeluTanh: {
      const Name cube = times(graph.op("Mul", {graph.op("Mul", {x, x}), x}), 0.044715);
      const Name inner = times(graph.op("Add", {x, cube}), std::sqrt(2 / std::numbers::pi));
      return graph.op("Mul", {times(x, 0.5), plusOne(graph.op("Tanh", {inner}))});
    }
  }
  throw Error(ErrorKind::BadInput, "config.json: unknown activation");
}

/// One stack of a transformer, written into a graph. What it names mirrors LayerStack, Embeddings and TaskHead.
class StackWriter {
 public:
  StackWriter(GraphBuilder& graph, const Transformer& model, Stack stack)
      : m_graph(graph),
        m_model(model),
        m_config(model.config()),
        m_weights(model.parameters()),
        m_stack(*model.config().stack(stack)),
        m_name(stack == Stack::Encoder ? "encoder" : "decoder") {}

  /// `mask` [batch, length] of whole numbers, "" = no padding.
  Name ofTokens(const Name& ids, const Name& types, const Name& mask);
  Name ofPixels(const Name& pixels);
  /// Memory of cross-attention; "" = none.
  void attendTo(const Name& memory, const Name& memoryMask);
  Name layers(Name hidden);

 private:
  [[nodiscard]] torch::Tensor find(const std::string& name) const { return m_weights.find(name); }
  Name norm(const std::string& name, const Name& x) { return normed(m_graph, m_config, m_weights, name, x); }
  Name activate(const Name& x) { return activated(m_graph, m_config.activation, x); }
  Name paddingBias(const Name& mask);
  Name futureBias(const Name& length);
  Name relativeBias(const Name& length);
  void surround(const Name& length, const Name& mask);
  Name positions(const Name& ids);
  Name turned(const Name& x);
  Name heads(const Name& x, const std::string& name, int count);
  Name shared(const Name& x, const AttentionWeights& weights);
  Name attention(const Name& x, const Name& memory, int block, const std::string& prefix, const Name& bias);
  Name feedForward(const Name& x, const std::string& prefix);
  template <typename Part>
  Name residual(const Name& x, const std::string& normName, Part part);

  GraphBuilder& m_graph;
  const Transformer& m_model;
  const ModelConfig& m_config;
  const Parameters& m_weights;
  const StackConfig& m_stack;
  std::string m_name;
  Name m_selfBias, m_relative, m_cos, m_sin, m_memory, m_memoryBias;
};

Name StackWriter::paddingBias(const Name& mask) {
  if (mask.empty()) return {};
  const Name hole = m_graph.op("Sub", {m_graph.number(1), m_graph.toFloat(mask)});
  return m_graph.unsqueeze(m_graph.op("Mul", {hole, m_graph.number(kLowest)}), {1, 2});
}

Name StackWriter::futureBias(const Name& length) {
  const Name places = m_graph.op("Range", {m_graph.whole(0), length, m_graph.whole(1)});
  const Name later = m_graph.op("Less", {m_graph.unsqueeze(places, {1}), m_graph.unsqueeze(places, {0})});
  return m_graph.unsqueeze(m_graph.op("Where", {later, m_graph.number(kLowest), m_graph.number(0)}), {0, 1});
}

/// Buckets depend on the distance alone, and beyond the largest one no more on that: a row for each distance.
Name StackWriter::relativeBias(const Name& length) {
  const torch::Tensor table = find(m_name + ".relative_bias");
  if (!table.defined()) return {};
  const std::int64_t far = m_config.relativeMaxDistance;
  // Seen from the middle one of 2 far + 1 keys.
  const torch::Tensor buckets = relativeBuckets(m_config, !m_stack.causal, far, 1, 2 * far + 1).view({-1});
  const Name byDistance =
      m_graph.weight(m_name + ".relative_bias_by_distance", torch::embedding(table, buckets.to(table.device())));
  const Name places = m_graph.op("Range", {m_graph.whole(0), length, m_graph.whole(1)});
  const Name distance = m_graph.op("Sub", {m_graph.unsqueeze(places, {0}), m_graph.unsqueeze(places, {1})});
  const Name row =
      m_graph.op("Add", {m_graph.op("Clip", {distance, m_graph.whole(-far), m_graph.whole(far)}), m_graph.whole(far)});
  return m_graph.unsqueeze(
      m_graph.transpose(m_graph.op("Gather", {byDistance, row}, {{"axis", std::int64_t{0}}}), {2, 0, 1}), {0});
}

void StackWriter::surround(const Name& length, const Name& mask) {
  m_selfBias = paddingBias(mask);
  if (m_stack.causal) {
    const Name future = futureBias(length);
    m_selfBias = m_selfBias.empty() ? future : m_graph.op("Min", {m_selfBias, future});
  }
  m_relative = relativeBias(length);
  if (m_config.positions != PositionKind::Rotary) return;
  const RotaryTables tables = rotaryTables(m_config, 0, m_config.maxPositions, torch::kFloat32);
  m_cos = m_graph.slice(m_graph.weight("rotary.cos", tables.cos), m_graph.whole(0), length, 0);
  m_sin = m_graph.slice(m_graph.weight("rotary.sin", tables.sin), m_graph.whole(0), length, 0);
}

Name StackWriter::positions(const Name& ids) {
  const std::string name = m_name + ".embeddings.position";
  torch::Tensor table = find(name);
  if (m_config.positions == PositionKind::Sinusoidal)
    table = sinusoidalPositions(m_config.maxPositions, m_config.hidden);
  if (!table.defined()) return {};
  const Name weight = m_graph.weight(name, table);
  if (!m_config.positionsSkipPadding) {
    const Name length = m_graph.sizeOf(ids, 1), first = m_graph.whole(m_config.positionOffset);
    return m_graph.slice(weight, first, m_graph.op("Add", {length, first}), 0);
  }
  const Name pad = m_graph.whole(m_config.padId);
  const Name token = m_graph.toWhole(m_graph.op("Not", {m_graph.op("Equal", {ids, pad})}));
  const Name places = m_graph.op("Mul", {m_graph.op("CumSum", {token, m_graph.whole(1)}), token});
  return m_graph.op("Gather", {weight, m_graph.op("Add", {places, pad})}, {{"axis", std::int64_t{0}}});
}

Name StackWriter::ofTokens(const Name& ids, const Name& types, const Name& mask) {
  const std::vector<GraphAttribute> rows{{"axis", std::int64_t{0}}};
  const std::string prefix = m_name + ".embeddings.";
  Name x = m_graph.op("Gather", {m_graph.weight("embeddings.word", find("embeddings.word")), ids}, rows);
  if (m_config.embeddingScale != 1)
    x = m_graph.op("Mul", {x, m_graph.number(static_cast<float>(m_config.embeddingScale))});
  if (const torch::Tensor table = find(prefix + "type"); table.defined()) {
    const Name weight = m_graph.weight(prefix + "type", table);
    x = m_graph.op("Add",
                   {x, types.empty() ? m_graph.select(weight, 0, 0) : m_graph.op("Gather", {weight, types}, rows)});
  }
  if (const Name places = positions(ids); !places.empty()) x = m_graph.op("Add", {x, places});
  surround(m_graph.sizeOf(ids, 1), mask);
  return norm(prefix + "norm", x);
}

Name StackWriter::ofPixels(const Name& pixels) {
  const std::string prefix = m_name + ".embeddings.";
  const std::int64_t side = m_config.patch.patchSize;
  std::vector<Name> inputs{pixels, m_graph.weight(prefix + "patch.weight", find(prefix + "patch.weight"))};
  if (const torch::Tensor bias = find(prefix + "patch.bias"); bias.defined())
    inputs.push_back(m_graph.weight(prefix + "patch.bias", bias));
  const Name patches = m_graph.op(
      "Conv", inputs,
      {{"strides", std::vector<std::int64_t>{side, side}}, {"kernel_shape", std::vector<std::int64_t>{side, side}}});
  const Name tokens = m_graph.transpose(m_graph.reshape(patches, {0, m_config.hidden, -1}), {0, 2, 1});
  const Name batch = m_graph.unsqueeze(m_graph.sizeOf(pixels, 0), {0});
  const Name shape = m_graph.op("Concat", {batch, m_graph.wholes({1, m_config.hidden})}, {{"axis", std::int64_t{0}}});
  const Name classes =
      m_graph.op("Expand", {m_graph.weight(prefix + "class", find(prefix + "class").view({1, 1, -1})), shape});
  const Name x = m_graph.op("Concat", {classes, tokens}, {{"axis", std::int64_t{1}}});
  return norm(prefix + "norm", m_graph.op("Add", {x, m_graph.weight(prefix + "position", find(prefix + "position"))}));
}

void StackWriter::attendTo(const Name& memory, const Name& memoryMask) {
  m_memory = memory;
  m_memoryBias = paddingBias(memoryMask);
}

/// x [batch, heads, length, d], its halves turned against each other by the position.
Name StackWriter::turned(const Name& x) {
  if (m_cos.empty()) return x;
  const std::int64_t half = m_config.headDim / 2;
  const Name front = m_graph.slice(x, m_graph.whole(0), m_graph.whole(half), kLastAxis);
  const Name back = m_graph.slice(x, m_graph.whole(half), m_graph.whole(m_config.headDim), kLastAxis);
  const Name rotated = m_graph.op("Concat", {m_graph.op("Neg", {back}), front}, {{"axis", kLastAxis}});
  return m_graph.op("Add", {m_graph.op("Mul", {x, m_cos}), m_graph.op("Mul", {rotated, m_sin})});
}

/// The projection NAME of x as [batch, heads, length, d].
Name StackWriter::heads(const Name& x, const std::string& name, int count) {
  const Name projected = m_graph.linear(name, x, find(name + ".weight"), find(name + ".bias"));
  return m_graph.transpose(m_graph.reshape(projected, {0, 0, count, m_config.headDim}), {0, 2, 1, 3});
}

/// Keys or values, one for each query head.
Name StackWriter::shared(const Name& x, const AttentionWeights& weights) {
  if (!weights.kvOf.defined()) return x;
  const torch::Tensor places = weights.kvOf.to(torch::kCPU);
  return m_graph.op(
      "Gather",
      {x, m_graph.wholes({places.data_ptr<std::int64_t>(), places.data_ptr<std::int64_t>() + places.numel()})},
      {{"axis", std::int64_t{1}}});
}

Name StackWriter::attention(const Name& x, const Name& memory, int block, const std::string& prefix, const Name& bias) {
  const AttentionWeights& weights = m_model.attention(block);
  if (weights.heads == 0) {
    const Name nothing = m_graph.op("Mul", {x, m_graph.number(0)});
    return weights.output.bias.defined()
               ? m_graph.op("Add", {nothing, m_graph.weight(prefix + "output.bias", weights.output.bias)})
               : nothing;
  }
  const BlockId& id = m_model.layout().blocks()[static_cast<size_t>(block)].id;
  const bool self = id.kind == AttentionKind::Self;
  Name query = heads(x, prefix + "query", weights.heads), key = heads(memory, prefix + "key", weights.kvHeads);
  if (self) {
    query = turned(query);
    key = turned(key);
  }
  const double scale = m_config.attentionScale / (m_config.scaleByLayer ? id.layer + 1 : 1);
  if (scale != 1) query = m_graph.op("Mul", {query, m_graph.number(static_cast<float>(scale))});
  Name scores = m_graph.op("MatMul", {query, m_graph.transpose(shared(key, weights), {0, 1, 3, 2})});
  if (!bias.empty()) scores = m_graph.op("Add", {scores, bias});
  if (self && !m_relative.empty()) {
    std::vector<std::int64_t> left;
    for (const int head : m_config.originalHeads[static_cast<size_t>(block)]) left.push_back(head);
    scores = m_graph.op(
        "Add", {scores, m_graph.op("Gather", {m_relative, m_graph.wholes(left)}, {{"axis", std::int64_t{1}}})});
  }
  const Name maps = m_graph.op("Softmax", {scores}, {{"axis", kLastAxis}});
  const Name outputs = m_graph.op("MatMul", {maps, shared(heads(memory, prefix + "value", weights.kvHeads), weights)});
  const Name joined = m_graph.reshape(m_graph.transpose(outputs, {0, 2, 1, 3}),
                                      {0, 0, static_cast<std::int64_t>(weights.heads) * m_config.headDim});
  return m_graph.linear(prefix + "output", joined, weights.output.weight, weights.output.bias);
}

Name StackWriter::feedForward(const Name& x, const std::string& prefix) {
  const auto map = [&](const std::string& name, const Name& in) {
    return m_graph.linear(prefix + name, in, find(prefix + name + ".weight"), find(prefix + name + ".bias"));
  };
  const bool gated = find(prefix + "gate.weight").defined();
  const Name inner = gated ? m_graph.op("Mul", {activate(map("gate", x)), map("up", x)}) : activate(map("up", x));
  return map("down", inner);
}

template <typename Part>
Name StackWriter::residual(const Name& x, const std::string& normName, Part part) {
  if (m_config.normPlacement == NormPlacement::Pre) return m_graph.op("Add", {x, part(norm(normName, x))});
  return norm(normName, m_graph.op("Add", {x, part(x)}));
}

Name StackWriter::layers(Name hidden) {
  for (int layer = 0; layer < m_stack.layers; ++layer) {
    const std::string prefix = m_name + "." + std::to_string(layer) + ".";
    const int self = m_config.blockOf(m_stack.stack, AttentionKind::Self, layer);
    hidden = residual(hidden, prefix + "self.norm",
                      [&](const Name& x) { return attention(x, x, self, prefix + "self.", m_selfBias); });
    if (m_stack.cross) {
      const int cross = m_config.blockOf(m_stack.stack, AttentionKind::Cross, layer);
      hidden = residual(hidden, prefix + "cross.norm",
                        [&](const Name& x) { return attention(x, m_memory, cross, prefix + "cross.", m_memoryBias); });
    }
    hidden = residual(hidden, prefix + "ff.norm", [&](const Name& x) { return feedForward(x, prefix + "ff."); });
  }
  return m_config.finalNorm ? norm(m_name + ".norm", hidden) : hidden;
}

/// From the last hidden states to the outputs; mirrors TaskHead.
class HeadWriter {
 public:
  HeadWriter(GraphBuilder& graph, const ModelConfig& config, const Parameters& weights)
      : m_graph(graph), m_config(config), m_weights(weights) {}

  void tokens(const Name& hidden, const std::string& length) {
    Name x = hidden;
    if (m_config.task == Task::MaskedLm)
      x = norm("head.norm", activated(m_graph, m_config.headActivation, linear("head.dense", x)));
    if (m_config.outputScale != 1) x = m_graph.op("Mul", {x, m_graph.number(static_cast<float>(m_config.outputScale))});
    // The embeddings are there already where they are the output's weights too.
    const Name weight = m_config.tiedOutput
                            ? m_graph.transpose(m_graph.weight("embeddings.word", find("embeddings.word")), {1, 0})
                            : m_graph.weight("output.weight", find("output.weight").t());
    Name logits = m_graph.op("MatMul", {x, weight});
    if (const torch::Tensor bias = find("head.bias"); bias.defined())
      logits = m_graph.op("Add", {logits, m_graph.weight("head.bias", bias.view({-1}))});
    m_graph.output(logits, "logits", {"batch", length, std::int64_t{m_config.vocabulary}});
  }

  void answers(const Name& hidden) {
    const Name both = linear("classifier", hidden);
    m_graph.output(m_graph.select(both, 0, 2), "start_logits", {"batch", "sequence"});
    m_graph.output(m_graph.select(both, 1, 2), "end_logits", {"batch", "sequence"});
  }

  void classes(const Name& hidden, const Name& ids, const Name& mask) {
    Name x = norm("head.norm", pooled(hidden, ids, mask));
    if (m_config.pooler != Pooler::None)
      x = m_graph.op(m_config.pooler == Pooler::Tanh ? "Tanh" : "Relu", {linear("pooler", x)});
    m_graph.output(linear("classifier", x), "logits", {"batch", find("classifier.weight").size(0)});
  }

 private:
  [[nodiscard]] torch::Tensor find(const std::string& name) const { return m_weights.find(name); }
  Name linear(const std::string& name, const Name& x) {
    return m_graph.linear(name, x, find(name + ".weight"), find(name + ".bias"));
  }

  Name norm(const std::string& name, const Name& x) { return normed(m_graph, m_config, m_weights, name, x); }

  Name pooled(const Name& hidden, const Name& ids, const Name& mask) {
    if (m_config.pooling == Pooling::First) return m_graph.select(hidden, 0, 1);
    Name last;
    if (m_config.padId >= 0) {
      const Name token =
          m_graph.toWhole(m_graph.op("Not", {m_graph.op("Equal", {ids, m_graph.whole(m_config.padId)})}));
      const Name places = m_graph.op("Range", {m_graph.whole(0), m_graph.sizeOf(ids, 1), m_graph.whole(1)});
      last = m_graph.op("ArgMax", {m_graph.toFloat(m_graph.op("Mul", {token, places}))},
                        {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{1}}});
    } else {
      const Name sum = m_graph.op("ReduceSum", {mask, m_graph.wholes({1})}, {{"keepdims", std::int64_t{1}}});
      last = m_graph.op("Max", {m_graph.op("Sub", {sum, m_graph.whole(1)}), m_graph.whole(0)});
    }
    return m_graph.op("GatherND", {hidden, last}, {{"batch_dims", std::int64_t{1}}});
  }

  GraphBuilder& m_graph;
  const ModelConfig& m_config;
  const Parameters& m_weights;
};

using Shape = std::vector<std::variant<std::int64_t, std::string>>;

Graph oneStack(const Transformer& model) {
  const ModelConfig& config = model.config();
  GraphBuilder graph(config.family);
  StackWriter stack(graph, model, config.stacks.front().stack);
  Name hidden, ids, mask;
  if (config.task == Task::ImageClassification) {
    const std::int64_t side = config.patch.imageSize;
    hidden = stack.ofPixels(
        graph.input("pixel_values", Dtype::F32, {"batch", std::int64_t{config.patch.channels}, side, side}));
  } else {
    const Shape shape{"batch", "sequence"};
    ids = graph.input("input_ids", Dtype::I64, shape);
    mask = graph.input("attention_mask", Dtype::I64, shape);
    const Name types = config.typeVocabulary > 1 ? graph.input("token_type_ids", Dtype::I64, shape) : Name();
    hidden = stack.ofTokens(ids, types, mask);
  }
  hidden = stack.layers(hidden);
  HeadWriter head(graph, config, model.parameters());
  if (predictsTokens(config.task)) {
    head.tokens(hidden, "sequence");
  } else if (config.task == Task::QuestionAnswering) {
    head.answers(hidden);
  } else {
    head.classes(hidden, ids, mask);
  }
  return graph.finish();
}

Graph encoderOf(const Transformer& model) {
  GraphBuilder graph(model.config().family + "_encoder");
  const Shape shape{"batch", "encoder_sequence"};
  const Name ids = graph.input("input_ids", Dtype::I64, shape), mask = graph.input("attention_mask", Dtype::I64, shape);
  StackWriter stack(graph, model, Stack::Encoder);
  const Name first = stack.ofTokens(ids, {}, mask);
  graph.output(stack.layers(first), "last_hidden_state",
               {"batch", "encoder_sequence", std::int64_t{model.config().hidden}});
  return graph.finish();
}

Graph decoderOf(const Transformer& model) {
  GraphBuilder graph(model.config().family + "_decoder");
  const Name ids = graph.input("input_ids", Dtype::I64, {"batch", "decoder_sequence"});
  const Name memory = graph.input("encoder_hidden_states", Dtype::F32,
                                  {"batch", "encoder_sequence", std::int64_t{model.config().hidden}});
  const Name mask = graph.input("encoder_attention_mask", Dtype::I64, {"batch", "encoder_sequence"});
  StackWriter stack(graph, model, Stack::Decoder);
  stack.attendTo(memory, mask);
  const Name first = stack.ofTokens(ids, {}, {});
  HeadWriter(graph, model.config(), model.parameters()).tokens(stack.layers(first), "decoder_sequence");
  return graph.finish();
}

}  // namespace

std::vector<NamedGraph> transformerGraphs(const Transformer& model) {
  const torch::NoGradGuard noGrad;
  if (model.config().stacks.size() > 1)
    return {{"encoder_model", encoderOf(model)}, {"decoder_model", decoderOf(model)}};
  return {{"model", oneStack(model)}};
}

}  // namespace headroom
