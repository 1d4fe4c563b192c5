// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/model_input_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

torch::Tensor gatesOf(const HeadMask& mask, torch::Device device) {
  std::vector<float> gates(mask.bytes().begin(), mask.bytes().end());
  return torch::tensor(gates).to(device);
}

std::string attentionsName(const BlockId& id, bool both) {
  if (!both) return "attentions";
  if (id.kind == AttentionKind::Cross) return "cross_attentions";
  return id.stack == Stack::Encoder ? "encoder_attentions" : "decoder_attentions";
}

/// [batch, 0, query, key], of a block that was emptied.
torch::Tensor emptyMaps(const BlockId& id, const ModelInput& input) {
  const std::int64_t source = input.ids.defined() ? input.ids.size(1) : 0;
  const std::int64_t target = input.decoderIds.defined() ? input.decoderIds.size(1) : source;
  const std::int64_t queries = id.stack == Stack::Encoder ? source : target;
  return torch::empty({input.rows(), 0, queries, id.kind == AttentionKind::Cross ? source : queries});
}

}  // namespace

std::vector<std::string> forwardPass(Workspace& workspace, const ForwardRequest& request) {
  const torch::NoGradGuard noGrad;
  const Workspace::State& state = workspace.state();
  const Transformer model = state.forOnePass(state.requireModel());
  ForwardOptions options;
  options.keepHiddenStates = request.hiddenStates;
  options.keepAttentions = request.attentions;
  if (request.mask) options.gates = gatesOf(*request.mask, state.device).to(state.evaluationType);
  const ModelInput input = readModelInput(request.inputsPath, model.config(), state.device).to(state.evaluationType);
  const ForwardOutput output = model.forward(input, options);
  requireMappedFilesIntact();

  std::vector<TensorToWrite> tensors;
  const auto write = [&](const std::string& name, const torch::Tensor& tensor) {
    tensors.push_back(tensorToWrite(name, tensor.to(torch::kFloat32).contiguous()));
  };
  if (model.config().task == Task::QuestionAnswering) {
    write("start_logits", output.logits.select(2, 0));
    write("end_logits", output.logits.select(2, 1));
  } else {
    write("logits", output.logits);
  }
  // Models of one stack have no prefix in Hugging Face.
  const bool both = model.config().stacks.size() > 1;
  for (size_t i = 0; i < output.encoderStates.size(); ++i)
    write((both ? "encoder_hidden_states." : "hidden_states.") + std::to_string(i), output.encoderStates[i]);
  for (size_t i = 0; i < output.decoderStates.size(); ++i)
    write((both ? "decoder_hidden_states." : "hidden_states.") + std::to_string(i), output.decoderStates[i]);
  for (size_t i = 0; i < output.attentions.size(); ++i) {
    const BlockId& id = model.layout().blocks()[i].id;
    write(attentionsName(id, both) + "." + std::to_string(id.layer),
          output.attentions[i].defined() ? output.attentions[i] : emptyMaps(id, input));
  }
  std::vector<std::string> names;
  for (const TensorToWrite& tensor : tensors) names.push_back(tensor.name);
  writeSafetensors(request.outputsPath, std::move(tensors));
  return names;
}

}  // namespace headroom
