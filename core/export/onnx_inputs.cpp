// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/onnx_inputs.h"

#include "core/export/graph_runner.h"

namespace headroom {

namespace {

torch::Tensor maskOf(const ModelInput& input) {
  return input.mask.defined() ? input.mask : torch::ones_like(input.ids);
}

torch::Tensor translated(const OnnxGraphs& graphs, const ModelInput& input) {
  const auto encoded =
      runGraph(graphs.at("encoder_model"), {{"input_ids", input.ids}, {"attention_mask", maskOf(input)}});
  return runGraph(graphs.at("decoder_model"), {{"input_ids", input.decoderIds},
                                               {"encoder_hidden_states", encoded.at("last_hidden_state")},
                                               {"encoder_attention_mask", maskOf(input)}})
      .at("logits");
}

}  // namespace

torch::Tensor onnxLogits(const OnnxGraphs& graphs, const ModelConfig& config, const ModelInput& input) {
  if (config.stacks.size() > 1) return translated(graphs, input);
  const Graph& graph = graphs.at("model");
  if (input.pixels.defined()) return runGraph(graph, {{"pixel_values", input.pixels}}).at("logits");
  const torch::Tensor types = input.types.defined() ? input.types : torch::zeros_like(input.ids);
  const auto outputs =
      runGraph(graph, {{"input_ids", input.ids}, {"attention_mask", maskOf(input)}, {"token_type_ids", types}});
  if (config.task == Task::QuestionAnswering)
    return torch::stack({outputs.at("start_logits"), outputs.at("end_logits")}, -1);
  return outputs.at("logits");
}

}  // namespace headroom
