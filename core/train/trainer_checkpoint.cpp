// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

constexpr const char* kFormat = "headroom-checkpoint/1";

at::Generator dropoutGenerator(torch::Device device) { return at::globalContext().defaultGenerator(device); }

[[noreturn]] void failFormat(const std::string& path, const std::string& found) {
  throw Error(ErrorKind::BadFile, path + ": field format: found " + found + ", expected " + kFormat + "; it is no checkpoint of this program");
}

std::vector<double> doubles(const TensorSource& source, const std::string& name) {
  const torch::Tensor tensor = readTensor(source, name).to(torch::kFloat64).contiguous();
  return {tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel()};
}

}  // namespace

void Trainer::saveCheckpoint(const std::string& path, double seconds) const {
  std::vector<TensorToWrite> tensors = m_model.parameters().toWrite();
  tensors.push_back(tensorToWrite("adam.first", m_optimiser->firstMoment()));
  tensors.push_back(tensorToWrite("adam.second", m_optimiser->secondMoment()));
  at::Generator generator = dropoutGenerator(m_device);
  tensors.push_back(tensorToWrite("rng.dropout", generator.get_state()));
  nlohmann::json state = {{"step", m_done}, {"seconds", seconds}, {"adam_steps", m_optimiser->steps()}};
  if (m_method) {
    const GateMethod::State gates = m_method->save();
    for (const auto& [name, values] : gates.arrays)
      tensors.push_back(tensorToWrite("gates." + name, torch::tensor(values, torch::kFloat64)));
    state["gate_rng"] = gates.rng;
  }
  writeSafetensors(path, std::move(tensors), {{"format", kFormat}, {"state", state.dump()}});
}

double Trainer::loadCheckpoint(const std::string& path) {
  const SafetensorsFile file(path);
  const auto& metadata = file.metadata();
  if (!metadata.contains("format") || !metadata.contains("state")) failFormat(path, "none");
  if (metadata.at("format") != kFormat) failFormat(path, metadata.at("format"));
  const nlohmann::json state = nlohmann::json::parse(metadata.at("state"), nullptr, false);
  if (!state.is_object() || !state.contains("step")) failFormat(path, "a damaged state");
  {
    const torch::NoGradGuard noGrad;
    const Parameters stored = Parameters::load(file, m_model.config(), m_device);
    for (const Parameters::Entry& entry : m_model.parameters().entries()) {
      torch::Tensor weight = entry.tensor;
      weight.copy_(stored.at(entry.spec.canonical));
    }
  }
  m_optimiser->restore(readTensor(file, "adam.first"), readTensor(file, "adam.second"), state.value("adam_steps", std::int64_t{0}));
  at::Generator generator = dropoutGenerator(m_device);
  generator.set_state(readTensor(file, "rng.dropout"));
  if (m_method) {
    GateMethod::State gates{{}, state.value("gate_rng", std::string())};
    for (const auto& [name, info] : file.tensors())
      if (name.starts_with("gates.")) gates.arrays[name.substr(6)] = doubles(file, name);
    m_method->restore(gates);
  }
  m_done = state.value("step", std::int64_t{0});
  return state.value("seconds", 0.0);
}

}  // namespace headroom
