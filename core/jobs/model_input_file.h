// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/checkpoint/model_config.h"
#include "core/model/model_input.h"

namespace headroom {

/// Reads what the model needs from a safetensors file by Hugging Face's names: input_ids, attention_mask,
/// token_type_ids, pixel_values, decoder_input_ids and decoder_attention_mask (only `decoderToo`); others are ignored.
/// Throws Error for what is missing, misshapen or out of the vocabulary.
[[nodiscard]] ModelInput readModelInput(const std::string& path, const ModelConfig& config, torch::Device device,
                                        bool decoderToo = true);

}  // namespace headroom
