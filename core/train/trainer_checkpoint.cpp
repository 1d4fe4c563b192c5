// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/json_levels.h"
#include "core/checkpoint/safetensors.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

constexpr const char* kFormat = "headroom-checkpoint/1";

at::Generator dropoutGenerator(torch::Device device) { return at::globalContext().defaultGenerator(device); }

[[noreturn]] void failFormat(const std::string& path, const std::string& found) {
  throw Error(ErrorKind::BadFile, path + ": field format: found " + found + ", expected " + kFormat +
                                      "; it is no checkpoint of this program");
}

/// What a run would go on with, or end with, must be worth it.
void requireFinite(const Parameters& parameters, const GateMethod* method, std::int64_t step) {
  const auto require = [step](bool finite, const std::string& what) {
    if (!finite)
      throw Error(ErrorKind::Numerical, "training: step " + std::to_string(step) + ": found " + what +
                                            " that is no finite number; try a smaller learning rate");
  };
  for (const Parameters::Entry& entry : parameters.entries())
    require(torch::isfinite(entry.tensor).all().item<bool>(), "a weight of " + entry.spec.hfName);
  if (!method) return;
  const std::vector<double>& logAlpha = method->logAlpha();
  require(std::all_of(logAlpha.begin(), logAlpha.end(), [](double phi) { return std::isfinite(phi); }), "a log alpha");
}

std::vector<double> doubles(const TensorSource& source, const std::string& name) {
  const torch::Tensor tensor = readTensor(source, name).to(torch::kFloat64).contiguous();
  return {tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel()};
}

nlohmann::json stateOf(const SafetensorsFile& file) {
  const auto found = file.metadata().find("state");
  const std::string text = found == file.metadata().end() ? std::string() : found->second;
  nlohmann::json state = nestsTooDeeply(text) ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
  if (!state.is_object() || !state.contains("step")) failFormat(file.path(), "a damaged state");
  return state;
}

}  // namespace

GateMethod::State readGateState(const SafetensorsFile& file) {
  const nlohmann::json state = stateOf(file);
  GateMethod::State gates{{}, state.value("gate_rng", std::string())};
  for (const auto& [name, info] : file.tensors())
    if (name.starts_with("gates.")) gates.arrays[name.substr(6)] = doubles(file, name);
  return gates;
}

void requireCheckpoint(const SafetensorsFile& file, const std::string& run) {
  const auto& metadata = file.metadata();
  if (!metadata.contains("format") || !metadata.contains("state")) failFormat(file.path(), "none");
  if (metadata.at("format") != kFormat) failFormat(file.path(), metadata.at("format"));
  if (const auto found = metadata.find("run"); found != metadata.end() && found->second != run)
    throw Error(ErrorKind::BadFile, file.path() + ": field run: found " + found->second + ", expected " + run +
                                        "; it is a checkpoint of another run, move it away");
}

void Trainer::saveCheckpoint(const std::string& path, double seconds, const std::string& run) const {
  TORCH_INTERNAL_ASSERT(!m_adapters, "a trainer of adapters has no checkpoints");
  requireFinite(m_model.parameters(), m_method.get(), m_done);
  std::vector<TensorToWrite> tensors = m_model.parameters().toWrite();
  if (m_optimiser) {
    tensors.push_back(tensorToWrite("adam.first", m_optimiser->firstMoment()));
    tensors.push_back(tensorToWrite("adam.second", m_optimiser->secondMoment()));
  }
  at::Generator generator = dropoutGenerator(m_device);
  tensors.push_back(tensorToWrite("rng.dropout", generator.get_state()));
  nlohmann::json state = {
      {"step", m_done}, {"seconds", seconds}, {"adam_steps", m_optimiser ? m_optimiser->steps() : 0}};
  if (m_method) {
    const GateMethod::State gates = m_method->save();
    for (const auto& [name, values] : gates.arrays)
      tensors.push_back(tensorToWrite("gates." + name, torch::tensor(values, torch::kFloat64)));
    state["gate_rng"] = gates.rng;
  }
  writeSafetensors(path, std::move(tensors), {{"format", kFormat}, {"run", run}, {"state", state.dump()}});
}

double Trainer::loadCheckpoint(const std::string& path, const std::string& run) {
  const SafetensorsFile file(path);
  requireCheckpoint(file, run);
  const nlohmann::json state = stateOf(file);
  {
    const torch::NoGradGuard noGrad;
    const Parameters stored = Parameters::load(file, m_model.config(), m_device);
    for (const Parameters::Entry& entry : m_model.parameters().entries()) {
      torch::Tensor weight = entry.tensor;
      weight.copy_(stored.at(entry.spec.canonical));
    }
  }
  if (m_optimiser)
    m_optimiser->restore(readTensor(file, "adam.first"), readTensor(file, "adam.second"),
                         state.value("adam_steps", std::int64_t{0}));
  at::Generator generator = dropoutGenerator(m_device);
  generator.set_state(readTensor(file, "rng.dropout"));
  if (m_method) m_method->restore(readGateState(file));
  m_done = state.value("step", std::int64_t{0});
  return state.value("seconds", 0.0);
}

}  // namespace headroom
