// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/workspace.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <utility>

#ifdef HEADROOM_CUDA
#include <cuda_runtime_api.h>
#endif

#include "core/base/error.h"
#include "core/base/this_machine.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"
#include "core/train/memory_limit.h"

namespace headroom {

namespace {

torch::Device chooseDevice(const std::string& wish) {
  if (wish == "auto") return torch::cuda::is_available() ? torch::Device(torch::kCUDA, 0) : torch::Device(torch::kCPU);
  if (wish == "cpu") return torch::kCPU;
  const bool cuda = wish == "cuda" || wish.starts_with("cuda:");
  const std::string index = wish.size() > 5 ? wish.substr(5) : "0";
  if (!cuda || index.empty() || index.size() > 3 || index.find_first_not_of("0123456789") != std::string::npos)
    throw Error(ErrorKind::BadInput, "device: found \"" + wish + "\", expected auto, cpu, cuda or cuda:N");
  const auto count = torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0;
  if (std::stoi(index) >= count)
    throw Error(ErrorKind::BadInput, "device: found \"" + wish + "\", expected one of the " + std::to_string(count) +
                                         " CUDA devices that LibTorch sees here; use --device cpu");
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(std::stoi(index))};
}

/// OpenBLAS's own words on how it was built; empty when another library does its work.
std::string blasConfiguration() {
  using Describe = char* (*)();
  const auto describe = reinterpret_cast<Describe>(::dlsym(RTLD_DEFAULT, "openblas_get_config"));
  return describe ? describe() : "";
}

/// 0 = sequential, 1 = its own pthreads, 2 = OpenMP.
std::string blasWarning(int threads) {
  using Parallel = int (*)();
  const auto parallel = reinterpret_cast<Parallel>(::dlsym(RTLD_DEFAULT, "openblas_get_parallel"));
  if (!parallel || parallel() == 2 || threads == 1) return {};
  return "OpenBLAS here was built for " + std::string(parallel() == 1 ? "pthreads" : "one thread") +
         ", which is slow beside LibTorch's OpenMP threads; install libopenblas0-openmp";
}

torch::ScalarType typeOf(const std::string& dtype) {
  if (dtype == "float32") return torch::kFloat32;
  if (dtype == "bfloat16") return torch::kBFloat16;
  throw Error(ErrorKind::BadInput, "dtype: found \"" + dtype + "\", expected float32 or bfloat16");
}

void makeDeterministic(torch::Device device) {
  if (!device.is_cuda()) return;
  at::globalContext().setDeterministicAlgorithms(true, false);
  at::globalContext().setDeterministicCuDNN(true);
  at::globalContext().setBenchmarkCuDNN(false);
  at::globalContext().setAllowTF32CuBLAS(false);
  at::globalContext().setAllowTF32CuDNN(false);
}

}  // namespace

Workspace::Workspace(const ComputeSettings& settings) : m_state(std::make_unique<State>()) {
  // Before cuBLAS starts: without a fixed workspace its sums are not the same from run to run.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  State& state = *m_state;
  state.settings = settings;
  state.evaluationType = typeOf(settings.dtype);
  if (settings.threads < 0 || settings.threads > 1024)
    throw Error(ErrorKind::BadInput,
                "threads: found " + std::to_string(settings.threads) + ", expected 1 to 1024 (0 = all cores)");
  state.device = chooseDevice(settings.device);
  state.threads =
      settings.threads > 0 ? settings.threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  at::set_num_threads(state.threads);
  makeDeterministic(state.device);
}

Workspace::~Workspace() = default;

const Transformer& Workspace::State::requireOpened() const {
  if (!opened) throw Error(ErrorKind::BadInput, "no model is open; open a model folder first");
  return *opened;
}

const Transformer& Workspace::State::requireModel() const {
  requireOpened();
  if (headIsFresh && currentIsOpened())
    throw Error(ErrorKind::BadInput, summary.path +
                                         ": found no trained classifier, expected one; train it first "
                                         "(train --method none --save FOLDER)");
  return *current;
}

const EvaluationSet& Workspace::State::requireDev() const {
  if (!evaluation)
    throw Error(ErrorKind::BadInput, "no dev data are open; accuracy needs labelled texts (--data, --dev)");
  return *evaluation;
}

const Dataset& Workspace::State::requireTrain() const {
  if (!train) throw Error(ErrorKind::BadInput, "no training data are open; training needs labelled texts (--data)");
  return *train;
}

const Tally& Workspace::State::fullTally(const JobContext& context,
                                         const std::function<void(const Tally&)>& afterBatch) {
  if (!full) {
    requireModel();
    // Taken out: a question between two batches may measure the same.
    MaskTallies::Entry entry =
        std::exchange(fullSoFar, {}).value_or(MaskTallies::Entry{{}, requireDev().emptyTally(), 0});
    try {
      evaluateOn(entry, forEvaluation(*opened), requireDev(), context, afterBatch);
    } catch (const Cancelled&) {
      if (!full) fullSoFar = std::move(entry);
      throw;
    }
    if (!full) full = std::move(entry.tally);
    fullSoFar.reset();
  }
  return *full;
}

Transformer Workspace::State::forEvaluation(const Transformer& model) {
  const bool keep = isOpened(model);
  if (keep && converted) return *converted;
  Transformer made(model.config(), model.parameters().to(device, evaluationType), evaluationType);
  if (keep) converted = made;
  return made;
}

Transformer Workspace::State::forEvaluation(const Transformer& model, const HeadMask& mask) {
  if (mask.all()) return forEvaluation(model);
  return isOpened(model) ? compact(forEvaluation(model), mask) : forEvaluation(compact(model, mask));
}

Transformer Workspace::State::forOnePass(const Transformer& model) const {
  return {model.config(), model.parameters(), evaluationType};
}

const std::string& Workspace::State::sha256OfOpened() {
  if (openedSha256.empty()) openedSha256 = weightsSha256(requireOpened().parameters(), {});
  return openedSha256;
}

bool Workspace::State::isOpened(const Transformer& model) const {
  // All of them: a model may share what was not changed in it.
  const auto &ours = opened->parameters().entries(), &its = model.parameters().entries();
  return std::equal(ours.begin(), ours.end(), its.begin(), its.end(),
                    [](const auto& a, const auto& b) { return a.tensor.is_same(b.tensor); });
}

void Workspace::State::backToOpened() {
  current = opened;
  logAlpha.clear();
  runPath.clear();
  weightsChanged();
}

void Workspace::State::forgetData() {
  evaluation.reset();  // refers to dev
  maskTallies.clear();
  disagreement.reset();
  train.reset();
  dev.reset();
  choice.reset();
  full.reset();
  fullSoFar.reset();
}

void evaluateOn(MaskTallies::Entry& entry, const Transformer& model, const EvaluationSet& data,
                const JobContext& context, const std::function<void(const Tally&)>& afterBatch) {
  const torch::NoGradGuard noGrad;
  MemoryLimit memory;
  ForwardOptions options;
  options.onlyLogits = true;
  for (; entry.batches < data.batches().size(); ++entry.batches) {
    context.checkStop();
    addBatch(data, data.batches()[entry.batches], model, options, memory, entry.tally);
    context.report({"evaluating", entry.tally.examples, data.exampleCount(), -1});
    if (afterBatch) afterBatch(entry.tally);
    context.yield();
  }
  requireMappedFilesIntact();
}

Tally evaluate(const Transformer& model, const EvaluationSet& data, const JobContext& context,
               const std::function<void(const Tally&)>& afterBatch) {
  MaskTallies::Entry entry{{}, data.emptyTally(), 0};
  evaluateOn(entry, model, data, context, afterBatch);
  return std::move(entry.tally);
}

void setEvaluationType(Workspace& workspace, const std::string& dtype) {
  Workspace::State& state = workspace.state();
  state.evaluationType = typeOf(dtype);
  state.settings.dtype = dtype;
  state.converted.reset();
  state.full.reset();
  state.fullSoFar.reset();
  state.weightsChanged();
}

DeviceSummary describeDevice(Workspace& workspace) {
  const Workspace::State& state = workspace.state();
  DeviceSummary summary;
  summary.libtorch = TORCH_VERSION;
  summary.dtype = state.settings.dtype;
  summary.machine = thisMachine();
  summary.threads = state.threads;
  summary.blas = blasConfiguration();
  summary.warning = blasWarning(state.threads);
  summary.name = "CPU, " + std::to_string(state.threads) + (state.threads == 1 ? " thread" : " threads");
  if (!state.device.is_cuda()) return summary;
  summary.name = "CUDA " + std::to_string(state.device.index());
#ifdef HEADROOM_CUDA
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, state.device.index()) == cudaSuccess)
    summary.name += ", " + std::string(properties.name);
  size_t unused = 0, total = 0;
  if (cudaSetDevice(state.device.index()) == cudaSuccess && cudaMemGetInfo(&unused, &total) == cudaSuccess) {
    summary.memoryTotal = static_cast<double>(total);
    summary.memoryUsed = static_cast<double>(total - unused);
  }
#endif
  return summary;
}

}  // namespace headroom
