// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/embeddings.h"

#include "core/base/error.h"
#include "core/checkpoint/tensor_info.h"
#include "core/model/positions.h"

namespace headroom {

namespace {

/// "encoder.embeddings.NAME"
std::string nameOf(Stack stack, const char* name) {
  std::string text(stack == Stack::Encoder ? "encoder" : "decoder");
  return text.append(".embeddings.").append(name);
}

}  // namespace

Embeddings::Embeddings(const ModelConfig& config, const Parameters& parameters, Stack stack, torch::ScalarType type)
    : m_config(config),
      m_type(type),
      m_word(parameters.find("embeddings.word")),
      m_position(parameters.find(nameOf(stack, "position"))),
      m_tokenType(parameters.find(nameOf(stack, "type"))),
      m_classToken(parameters.find(nameOf(stack, "class"))),
      m_patch(findLinear(parameters, nameOf(stack, "patch"))),
      m_norm(findNorm(parameters, nameOf(stack, "norm"), config)) {
  if (config.positions == PositionKind::Sinusoidal)
    m_position = sinusoidalPositions(config.maxPositions, config.hidden).to(m_word.device(), type);
}

torch::Tensor Embeddings::positions(const torch::Tensor& ids, std::int64_t first) const {
  if (!m_config.positionsSkipPadding) return m_position.narrow(0, m_config.positionOffset + first, ids.size(1));
  const torch::Tensor token = ids.ne(m_config.padId).to(torch::kInt64);
  return torch::embedding(m_position, token.cumsum(1) * token + m_config.padId);
}

torch::Tensor Embeddings::ofTokens(const torch::Tensor& ids, const torch::Tensor& types, std::int64_t first,
                                   bool training) const {
  const bool bounded = m_config.positions != PositionKind::RelativeBias;
  if (bounded && first + ids.size(1) > m_config.maxPositions)
    throw Error(ErrorKind::BadInput, "input_ids: found " + std::to_string(first + ids.size(1)) +
                                         " tokens, expected at most " + std::to_string(m_config.maxPositions) +
                                         " (max_position_embeddings)");
  torch::Tensor x = torch::embedding(m_word, ids).to(m_type);
  if (m_config.embeddingScale != 1) x = x * m_config.embeddingScale;
  if (m_tokenType.defined())
    x = x + (types.defined() ? torch::embedding(m_tokenType, types) : m_tokenType[0]).to(m_type);
  if (m_position.defined()) x = x + positions(ids, first).to(m_type);
  return dropped(m_norm(x), m_config.embeddingDropout, training);
}

torch::Tensor Embeddings::ofPixels(const torch::Tensor& pixels, bool training) const {
  const PatchConfig& patch = m_config.patch;
  if (pixels.size(1) != patch.channels || pixels.size(2) != patch.imageSize || pixels.size(3) != patch.imageSize)
    throw Error(ErrorKind::BadInput, "pixel_values: found shape " + shapeText(pixels.sizes().vec()) +
                                         ", expected [batch, " + std::to_string(patch.channels) + ", " +
                                         std::to_string(patch.imageSize) + ", " + std::to_string(patch.imageSize) +
                                         "]");
  const torch::Tensor patches =
      torch::conv2d(pixels, as(m_patch.weight, pixels), as(m_patch.bias, pixels), patch.patchSize);
  const torch::Tensor tokens = patches.flatten(2).transpose(1, 2);
  const torch::Tensor x =
      torch::cat({as(m_classToken, tokens).expand({pixels.size(0), 1, m_config.hidden}), tokens}, 1) +
      as(m_position, tokens);
  return dropped(m_norm(x), m_config.embeddingDropout, training);
}

}  // namespace headroom
