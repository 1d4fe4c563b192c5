// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/transformer.h"

#include "core/base/error.h"

namespace headroom {

namespace {

/// The model's gates, cut into one tensor a block.
std::vector<torch::Tensor> gatesByBlock(const torch::Tensor& gates, const HeadLayout& layout) {
  std::vector<std::int64_t> sizes;
  for (const AttentionBlock& block : layout.blocks()) sizes.push_back(block.heads);
  return gates.split_with_sizes(sizes);
}

void require(const torch::Tensor& tensor, const char* name) {
  if (!tensor.defined())
    throw Error(ErrorKind::BadInput, std::string(name) + ": found none, expected it for this kind of model");
}

}  // namespace

void DecodingState::select(const torch::Tensor& order) {
  const auto pick = [&order](torch::Tensor& x) {
    if (x.defined()) x = x.index_select(0, order);
  };
  pick(mask);
  pick(around.memory);
  pick(around.memoryBias);
  for (std::vector<KeyValues>* all : {&self, &cross})
    for (KeyValues& each : *all) {
      pick(each.key);
      pick(each.value);
    }
}

Transformer::Transformer(ModelConfig config, Parameters parameters, torch::ScalarType computeType)
    : m_config(std::move(config)),
      m_parameters(std::move(parameters)),
      m_computeType(computeType),
      m_head(m_config, m_parameters) {
  if (m_config.stack(Stack::Encoder)) {
    m_encoderEmbeddings.emplace(m_config, m_parameters, Stack::Encoder, computeType);
    m_encoder.emplace(m_config, m_parameters, Stack::Encoder, computeType);
  }
  if (m_config.stack(Stack::Decoder)) {
    m_decoderEmbeddings.emplace(m_config, m_parameters, Stack::Decoder, computeType);
    m_decoder.emplace(m_config, m_parameters, Stack::Decoder, computeType);
  }
}

int Transformer::layerOf(int block) const {
  const BlockId& id = layout().blocks()[static_cast<size_t>(block)].id;
  return id.layer + (id.stack == Stack::Decoder && m_encoder ? m_encoder->layers() : 0);
}

const LayerStack& Transformer::stackOf(int layer) const {
  return m_encoder && layer < m_encoder->layers() ? *m_encoder : *m_decoder;
}

bool Transformer::endsStack(int layer) const {
  return layer + 1 == layerCount() || (m_encoder && layer + 1 == m_encoder->layers());
}

const AttentionWeights& Transformer::attention(int block) const {
  const BlockId& id = layout().blocks()[static_cast<size_t>(block)].id;
  return (id.stack == Stack::Encoder ? *m_encoder : *m_decoder).attention(id.kind, id.layer);
}

bool Transformer::readsFirstOnly(int layer) const {
  const bool pools = m_config.task == Task::SequenceClassification || m_config.task == Task::ImageClassification;
  return pools && m_config.pooling == Pooling::First && layer + 1 == layerCount() && !m_decoder &&
         m_config.positions != PositionKind::Rotary && m_config.positions != PositionKind::RelativeBias;
}

PassState Transformer::beginDecoder(const torch::Tensor& ids, const torch::Tensor& mask, bool training) const {
  return {m_decoderEmbeddings->ofTokens(ids, {}, 0, training), m_decoder->surroundings(mask, 0, ids.size(1))};
}

PassState Transformer::begin(const ModelInput& input, bool training) const {
  if (m_config.task == Task::ImageClassification) {
    require(input.pixels, "pixel_values");
    return {m_encoderEmbeddings->ofPixels(input.pixels, training), {}};
  }
  require(input.ids, "input_ids");
  if (!m_encoder) return beginDecoder(input.ids, input.mask, training);
  return {m_encoderEmbeddings->ofTokens(input.ids, input.types, 0, training),
          m_encoder->surroundings(input.mask, 0, input.ids.size(1))};
}

PassState Transformer::next(const PassState& state, int layer, const ModelInput& input,
                            const LayerOptions& options) const {
  const bool decoding = m_encoder && layer >= m_encoder->layers();
  PassState from = state;
  if (decoding && layer == m_encoder->layers()) {
    require(input.decoderIds, "decoder_input_ids");
    from = beginDecoder(input.decoderIds, input.decoderMask, options.training);
    from.around.memory = state.hidden;
    from.around.memoryBias = paddingBias(input.mask, state.hidden.scalar_type());
  }
  const LayerStack& stack = stackOf(layer);
  from.hidden = stack.run(decoding ? layer - m_encoder->layers() : layer, from.hidden, from.around, options);
  if (endsStack(layer)) {
    from.hidden = stack.finish(from.hidden, options.linearised);
    // T5 drops out the final states of both stacks.
    if (m_config.positions == PositionKind::RelativeBias)
      from.hidden = dropped(from.hidden, m_config.hiddenDropout, options.training);
  }
  return from;
}

torch::Tensor Transformer::finish(const PassState& state, const ModelInput& input, bool training,
                                  bool linearised) const {
  return m_head.logits(state.hidden, input, training, linearised);
}

ForwardOutput Transformer::forward(const ModelInput& input, const ForwardOptions& options) const {
  ForwardOutput output;
  std::vector<torch::Tensor> gates;
  LayerOptions layerOptions{nullptr, options.gateForm, options.training, nullptr};
  if (options.gates.defined()) {
    gates = gatesByBlock(options.gates, layout());
    layerOptions.gates = &gates;
  }
  output.attentions.resize(options.keepAttentions ? static_cast<size_t>(layout().blockCount()) : 0);
  const BlockObserver observer = [&](int block, const torch::Tensor& scores, const torch::Tensor& maps) {
    if (options.keepAttentions) output.attentions[static_cast<size_t>(block)] = maps;
    if (options.observer) options.observer(block, scores, maps);
  };
  if (options.keepAttentions || options.observer) layerOptions.observer = &observer;

  if (options.outputs) layerOptions.outputs = &options.outputs;
  layerOptions.linearised = options.linearised;
  PassState state = begin(input, options.training);
  const int encoderLayers = m_encoder ? m_encoder->layers() : 0;
  if (options.keepHiddenStates) (m_encoder ? output.encoderStates : output.decoderStates).push_back(state.hidden);
  for (int layer = 0; layer < layerCount(); ++layer) {
    if (options.keepHiddenStates && m_encoder && layer == encoderLayers)
      output.decoderStates.push_back(m_decoderEmbeddings->ofTokens(input.decoderIds, {}, 0, false));
    layerOptions.firstOnly = options.onlyLogits && readsFirstOnly(layer);
    state = next(state, layer, input, layerOptions);
    if (options.keepHiddenStates)
      (layer < encoderLayers ? output.encoderStates : output.decoderStates).push_back(state.hidden);
  }
  output.logits = finish(state, input, options.training, options.linearised);
  return output;
}

DecodingState Transformer::beginDecoding(const ModelInput& input) const {
  DecodingState state;
  state.self.resize(static_cast<size_t>(m_decoder->layers()));
  if (!m_encoder) return state;
  PassState pass = begin(input);
  for (int layer = 0; layer < m_encoder->layers(); ++layer) pass = next(pass, layer, input);
  state.around.memory = pass.hidden;
  state.around.memoryBias = paddingBias(input.mask, pass.hidden.scalar_type());
  state.cross = m_decoder->memoryKeyValues(pass.hidden);
  return state;
}

torch::Tensor Transformer::decode(const torch::Tensor& ids, const torch::Tensor& mask, DecodingState& state) const {
  if (mask.defined()) state.mask = state.mask.defined() ? torch::cat({state.mask, mask}, 1) : mask;
  Surroundings around = m_decoder->surroundings(state.mask, state.past, ids.size(1));
  around.memory = state.around.memory;
  around.memoryBias = state.around.memoryBias;
  torch::Tensor hidden = m_decoderEmbeddings->ofTokens(ids, {}, state.past, false);
  for (int layer = 0; layer < m_decoder->layers(); ++layer) {
    LayerOptions options;
    options.selfCache = &state.self[static_cast<size_t>(layer)];
    if (m_encoder) options.crossCache = &state.cross[static_cast<size_t>(layer)];
    hidden = m_decoder->run(layer, hidden, around, options);
  }
  state.past += ids.size(1);
  const torch::Tensor last = m_decoder->finish(hidden.slice(1, -1));
  return m_head.logits(last, {}, false).squeeze(1);
}

}  // namespace headroom
