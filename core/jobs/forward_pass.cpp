// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

/// An input of shape [batch, length] whose values are 0 <= value < bound; undefined when the file has none of that name.
torch::Tensor readIds(const SafetensorsFile& file, const std::string& name, std::int64_t bound, torch::Device device) {
  if (!file.find(name)) return {};
  const torch::Tensor stored = readTensor(file, name);
  const torch::Tensor ids = stored.to(torch::kInt64);
  if (ids.dim() != 2 || ids.numel() == 0)
    throw Error(ErrorKind::BadInput, file.path() + ": tensor " + name + ": found shape " + shapeText(ids.sizes().vec()) +
                                         ", expected [batch, length]");
  if (stored.is_floating_point() && !stored.eq(stored.floor()).all().item<bool>())
    throw Error(ErrorKind::BadInput,
                file.path() + ": tensor " + name + ": found numbers with fractions, expected whole ones");
  if (ids.min().item<std::int64_t>() < 0 || ids.max().item<std::int64_t>() >= bound)
    throw Error(ErrorKind::BadInput, file.path() + ": tensor " + name + ": found " + std::to_string(ids.min().item<std::int64_t>()) +
                                         " to " + std::to_string(ids.max().item<std::int64_t>()) + ", expected 0 to " + std::to_string(bound - 1));
  return ids.to(device);
}

TokenBatch readBatch(const std::string& path, const ModelConfig& config, torch::Device device) {
  const SafetensorsFile file(path);
  TokenBatch batch{readIds(file, "input_ids", config.vocabulary, device), readIds(file, "attention_mask", 2, device),
                   readIds(file, "token_type_ids", config.typeVocabulary, device)};
  if (!batch.ids.defined())
    throw Error(ErrorKind::BadInput, path + ": tensor input_ids: found none, expected int64 [batch, length]");
  for (const torch::Tensor& other : {batch.mask, batch.types})
    if (other.defined() && other.sizes() != batch.ids.sizes())
      throw Error(ErrorKind::BadInput, path + ": found shape " + shapeText(other.sizes().vec()) + " beside input_ids of shape " +
                                           shapeText(batch.ids.sizes().vec()) + ", expected the same");
  return batch;
}

torch::Tensor gatesOf(const HeadMask& mask, torch::Device device) {
  std::vector<float> gates(mask.bytes().begin(), mask.bytes().end());
  return torch::tensor(gates).to(device);
}

}  // namespace

std::vector<std::string> forwardPass(Workspace& workspace, const ForwardRequest& request) {
  const torch::NoGradGuard noGrad;
  const Workspace::State& state = workspace.state();
  const Transformer model = state.forEvaluation(state.requireModel());
  ForwardOptions options;
  options.keepHiddenStates = request.hiddenStates;
  options.keepAttentions = request.attentions;
  if (request.mask) options.gates = gatesOf(*request.mask, state.device).to(state.evaluationType);
  const TokenBatch batch = readBatch(request.inputsPath, model.config(), state.device);
  ForwardOutput output = model.forward(batch, options);

  std::vector<TensorToWrite> tensors;
  const auto write = [&](const std::string& name, const torch::Tensor& tensor) {
    tensors.push_back(tensorToWrite(name, tensor.to(torch::kFloat32)));
  };
  write("logits", output.logits);
  for (size_t i = 0; i < output.hiddenStates.size(); ++i) write("hidden_states." + std::to_string(i), output.hiddenStates[i]);
  for (size_t i = 0; i < output.attentions.size(); ++i) {
    torch::Tensor maps = output.attentions[i];
    if (!maps.defined()) maps = torch::empty({batch.ids.size(0), 0, batch.ids.size(1), batch.ids.size(1)});  // an emptied block
    write("attentions." + std::to_string(i), maps);
  }
  std::vector<std::string> names;
  for (const TensorToWrite& tensor : tensors) names.push_back(tensor.name);
  writeSafetensors(request.outputsPath, std::move(tensors));
  return names;
}

}  // namespace headroom
