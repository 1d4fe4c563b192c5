// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/model_input_file.h"

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/parameters.h"

namespace headroom {

namespace {

/// An input of shape [batch, length] whose values are 0 <= value < bound; undefined when the file has none of that
/// name.
torch::Tensor readIds(const SafetensorsFile& file, const std::string& name, std::int64_t bound, torch::Device device) {
  if (!file.find(name)) return {};
  const torch::Tensor stored = readTensor(file, name);
  const torch::Tensor ids = stored.to(torch::kInt64);
  if (ids.dim() != 2 || ids.numel() == 0)
    throw Error(ErrorKind::BadInput, file.path() + ": tensor " + name + ": found shape " +
                                         shapeText(ids.sizes().vec()) + ", expected [batch, length]");
  if (stored.is_floating_point() && !stored.eq(stored.floor()).all().item<bool>())
    throw Error(ErrorKind::BadInput,
                file.path() + ": tensor " + name + ": found numbers with fractions, expected whole ones");
  if (ids.min().item<std::int64_t>() < 0 || ids.max().item<std::int64_t>() >= bound)
    throw Error(ErrorKind::BadInput, file.path() + ": tensor " + name + ": found " +
                                         std::to_string(ids.min().item<std::int64_t>()) + " to " +
                                         std::to_string(ids.max().item<std::int64_t>()) + ", expected 0 to " +
                                         std::to_string(bound - 1));
  return ids.to(device);
}

/// Images [batch, channels, side, side]; undefined when the file has none.
torch::Tensor readPixels(const SafetensorsFile& file, torch::Device device, torch::ScalarType type) {
  if (!file.find("pixel_values")) return {};
  const torch::Tensor pixels = readTensor(file, "pixel_values");
  if (pixels.dim() != 4 || pixels.numel() == 0 || !pixels.is_floating_point())
    throw Error(ErrorKind::BadInput, file.path() + ": tensor pixel_values: found shape " +
                                         shapeText(pixels.sizes().vec()) +
                                         ", expected numbers [batch, channels, height, width]");
  return pixels.to(device, type);
}

void requireSameShape(const std::string& path, const std::string& name, const torch::Tensor& found,
                      const torch::Tensor& ids) {
  if (found.defined() && found.sizes() != ids.sizes())
    throw Error(ErrorKind::BadInput, path + ": tensor " + name + ": found shape " + shapeText(found.sizes().vec()) +
                                         ", expected " + shapeText(ids.sizes().vec()) + " as the ids beside it");
}

torch::Tensor require(const std::string& path, const std::string& name, const torch::Tensor& tensor,
                      const std::string& expected) {
  if (!tensor.defined())
    throw Error(ErrorKind::BadInput, path + ": tensor " + name + ": found none, expected " + expected);
  return tensor;
}

}  // namespace

ModelInput readModelInput(const std::string& path, const ModelConfig& config, torch::Device device, bool decoderToo) {
  const SafetensorsFile file(path);
  ModelInput input;
  if (config.task == Task::ImageClassification) {
    input.pixels = require(path, "pixel_values", readPixels(file, device, torch::kFloat32),
                           "float [batch, channels, height, width]");
    return input;
  }
  input.ids =
      require(path, "input_ids", readIds(file, "input_ids", config.vocabulary, device), "int64 [batch, length]");
  input.mask = readIds(file, "attention_mask", 2, device);
  requireSameShape(path, "attention_mask", input.mask, input.ids);
  if (config.typeVocabulary > 0) input.types = readIds(file, "token_type_ids", config.typeVocabulary, device);
  requireSameShape(path, "token_type_ids", input.types, input.ids);
  if (config.task != Task::Seq2SeqLm || !decoderToo) return input;
  input.decoderIds = require(path, "decoder_input_ids", readIds(file, "decoder_input_ids", config.vocabulary, device),
                             "int64 [batch, decoder length]");
  input.decoderMask = readIds(file, "decoder_attention_mask", 2, device);
  requireSameShape(path, "decoder_attention_mask", input.decoderMask, input.decoderIds);
  if (input.decoderIds.size(0) != input.ids.size(0))
    throw Error(ErrorKind::BadInput, path + ": tensor decoder_input_ids: found " +
                                         std::to_string(input.decoderIds.size(0)) + " rows, expected " +
                                         std::to_string(input.ids.size(0)) + " as input_ids");
  return input;
}

}  // namespace headroom
