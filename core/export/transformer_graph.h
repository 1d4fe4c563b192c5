// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/export/graph.h"
#include "core/model/transformer.h"

namespace headroom {

/// A file's name without its ending, and what it computes.
struct NamedGraph {
  std::string name;
  Graph graph;
};

/// The model as ONNX operations, with the heads that each block has left; a block without heads adds its output bias.
/// Batch and length may vary; weights become float32. Encoders, decoders and image models are one graph, "model"
/// (input_ids, attention_mask, token_type_ids or pixel_values -> logits; start_logits and end_logits for question
/// answering); encoder-decoders are two, "encoder_model" (-> last_hidden_state) and "decoder_model" (input_ids,
/// encoder_hidden_states, encoder_attention_mask -> logits).
[[nodiscard]] std::vector<NamedGraph> transformerGraphs(const Transformer& model);

}  // namespace headroom
