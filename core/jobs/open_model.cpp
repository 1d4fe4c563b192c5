// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/base/rng.h"
#include "core/checkpoint/weight_names.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/prune/surgery.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/run_file.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

bool isRunFile(const std::string& path) { return std::filesystem::is_regular_file(path); }

std::string folderName(const std::string& path) {
  const std::filesystem::path clean = std::filesystem::absolute(path).lexically_normal();
  return clean.has_filename() ? clean.filename().string() : clean.parent_path().filename().string();
}

/// A checkpoint with what its pooler and classifier lack: drawn as for a new model, always the same, so that a run can
/// be resumed. Must not outlive `stored`.
class WithFreshHead final : public TensorSource {
 public:
  WithFreshHead(const TensorSource& stored, const ModelConfig& config) : m_stored(stored), m_tensors(stored.tensors()) {
    Rng rng(1);
    for (const ResolvedParameter& parameter : resolveWeights(stored, config, true).parameters) {
      if (!parameter.source.empty()) continue;
      const ParameterSpec& spec = parameter.spec;
      const float start = spec.canonical.ends_with("norm.weight") ? 1.f : 0.f;
      std::vector<float> values(static_cast<size_t>(elementCount(spec.shape).value_or(0)), start);
      if (!spec.noDecay)
        for (float& value : values) value = static_cast<float>(config.initializerRange * rng.normal());
      m_tensors[spec.hfName] = {spec.hfName, Dtype::F32, spec.shape,
                                static_cast<std::int64_t>(values.size() * sizeof(float))};
      m_fresh[spec.hfName] = std::move(values);
    }
  }

  [[nodiscard]] bool anyFresh() const { return !m_fresh.empty(); }
  [[nodiscard]] const std::string& path() const override { return m_stored.path(); }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const override { return m_tensors; }
  [[nodiscard]] const std::string& fileOf(const std::string& name) const override { return m_stored.fileOf(name); }
  void read(const std::string& name, std::span<std::byte> out) const override {
    const auto fresh = m_fresh.find(name);
    if (fresh == m_fresh.end()) return m_stored.read(name, out);
    checkRead(name, out);
    std::memcpy(out.data(), fresh->second.data(), out.size());
  }
  [[nodiscard]] std::optional<MappedTensor> map(const std::string& name) const override {
    if (m_fresh.contains(name)) return std::nullopt;
    return m_stored.map(name);
  }

 private:
  const TensorSource& m_stored;
  std::map<std::string, TensorInfo> m_tensors;
  std::map<std::string, std::vector<float>> m_fresh;
};

ModelSummary summarise(const std::string& path, const ModelConfig& config, const TensorSource& weights) {
  (void)resolveWeights(weights, config, true);
  ModelSummary summary;
  summary.path = path;
  summary.name = folderName(path);
  summary.family = config.family;
  summary.task = taskName(config.task);
  summary.layout = config.heads;
  summary.layers = config.layerCount();
  summary.headDim = config.headDim;
  summary.hidden = config.hidden;
  summary.vocabulary = config.vocabulary;
  summary.maxPositions = config.maxPositions;
  summary.labels = config.labels;
  summary.parameters = parameterCount(config);
  summary.weightBytes = weights.totalBytes();
  summary.alreadyPruned = config.alreadyPruned();
  summary.valueBiases = hasValueBiases(config);
  return summary;
}

/// The trained weights of a run: of its end, or of its newest checkpoint.
std::string trainedWeights(const std::string& runPath) {
  const CheckpointFolder folder(runPath);
  if (folder.hasFinal()) return folder.finalPath();
  if (const auto newest = folder.newestValid()) return newest->path;
  throw Error(ErrorKind::BadFile, runPath + ": found no checkpoint in " + folder.path() +
                                      ", expected final.safetensors; the run has no trained weights to open");
}

/// 0.000503 -> 0.0005: a number that a person would have typed.
double roundedToOneDigit(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0e", value);
  return std::strtod(text, nullptr);
}

/// What a run made of the model that it was trained from.
struct Trained {
  Transformer model;
  std::vector<double> logAlpha;
  std::string originSha256;  ///< of the weights that it began with
};

Trained loadTrained(const std::string& runPath, const ModelSummary& summary, const Transformer& opened) {
  const RunHeader header = readRunHeader(runPath);
  RunHeader now;
  now.family = summary.family;
  now.layout = summary.layout;
  now.modelSha256 = weightsSha256(opened.parameters(), {});
  requireSameOrigin(runPath, header, now);
  const SafetensorsFile file(trainedWeights(runPath));
  requireCheckpoint(file, runIdentity(header));
  Trained trained{
      Transformer(opened.config(), Parameters::load(file, opened.config(), opened.device())), {}, now.modelSha256};
  if (file.find("gates.log_alpha")) {
    const torch::Tensor stored = readTensor(file, "gates.log_alpha").to(torch::kFloat64).contiguous();
    const HeadUnits units(header.layout, header.settings.unit);
    if (stored.numel() != units.count())
      throw Error(ErrorKind::BadFile, file.path() + ": tensor gates.log_alpha: found " +
                                          std::to_string(stored.numel()) + " values, expected " +
                                          std::to_string(units.count()) + "; it is from another model");
    trained.logAlpha =
        units.toHeads(std::span<const double>(stored.data_ptr<double>(), static_cast<size_t>(stored.numel())));
  }
  return trained;
}

}  // namespace

ModelSummary describeModel(const std::string& path) {
  const std::string folder = modelFolderOf(path);
  const ModelConfig config = readModelConfig(folder);
  return summarise(folder, config, *openWeights(folder));
}

ModelSummary openModel(Workspace& workspace, const OpenModelRequest& request, const JobContext& context) {
  context.checkStop();
  const std::string folder = modelFolderOf(request.path);
  const ModelConfig config = readModelConfig(folder);
  const std::unique_ptr<TensorSource> weights = openWeights(folder);
  ModelSummary summary = summarise(folder, config, *weights);
  Workspace::State& state = workspace.state();
  const WithFreshHead complete(*weights, config);
  Transformer opened(config, Parameters::load(complete, config, state.device));
  std::optional<Trained> trained;
  if (isRunFile(request.path)) trained = loadTrained(request.path, summary, opened);
  context.checkStop();
  // Nothing can fail from here on: until now the workspace still holds what it held.
  state.forgetData();
  state.summary = std::move(summary);
  state.openedSha256.clear();
  state.converted.reset();
  state.headIsFresh = complete.anyFresh();
  state.opened = opened;
  state.current = opened;
  state.weightsChanged();
  state.logAlpha.clear();
  state.runPath.clear();
  state.tokenizer.reset();
  if (trained) {
    state.current = std::move(trained->model);
    state.logAlpha = std::move(trained->logAlpha);
    state.openedSha256 = std::move(trained->originSha256);
    state.runPath = request.path;
  }
  return state.summary;
}

RunSnapshot openRun(Workspace& workspace, const std::string& path, const JobContext& context) {
  RunSnapshot snapshot = readRunFile(path);
  (void)openModel(workspace, {path}, context);
  return snapshot;
}

RunSnapshot readRun(const std::string& path) { return readRunFile(path); }

namespace {

void publishedForBert(TrainSettings& settings) {
  settings.lr = 2e-5;
  settings.gateLr = 0.5;
  settings.confidenceEvery = 1;
}

/// From scratch, as the authors train their encoder-decoder: 4,000 of some 33,000 steps warm up.
void publishedForTranslation(TrainSettings& settings) {
  settings.epochs = 30;
  settings.batch = 256;
  settings.lr = 5e-4;
  settings.gateLr = 0.2;
  settings.weightDecay = 1e-4;
  settings.adamBeta2 = 0.98;
  settings.labelSmoothing = 0.1;
  settings.warmup = 0.12;
  settings.inverseRoot = true;
  settings.gradClip = 0;
  settings.concentratorCap = 500;
  settings.confidenceEvery = 1;
}

}  // namespace

TrainSettings recommendedSettings(const ModelSummary& model, const std::string& method, bool published) {
  TrainSettings settings;
  settings.method = method;
  settings.keep = model.layout.headCount() / 6;
  settings.published = published;
  // The authors' bound is for their small lambda; with ours it would empty layers that the task needs.
  if (!published) settings.concentratorCap = 10;
  settings.maxLength = std::min(settings.maxLength, model.maxPositions > 0 ? model.maxPositions : settings.maxLength);
  // BERT-base is fine-tuned with 2e-5; narrower models want, and bear, more.
  const double narrow = 768.0 / std::max(1, model.hidden);
  const double height = 2e-5 * std::pow(narrow, 1.8);
  settings.lr = roundedToOneDigit(std::clamp(height, 1e-5, 1e-3));
  if (findMethod(method).gates) {
    settings.warmup = published ? 0.0 : 0.05;
    if (!published) {
      // Heads go until late: the weights need their rate then, to take over the work. The same sum of rates over the
      // steps.
      settings.lrHold = 0.7;
      settings.lr = roundedToOneDigit(std::clamp(0.6 * height, 1e-5, 1e-3));
    }
    settings.reopen = findMethod(method).reopens;
  } else {
    settings.warmup = 0.1;
    settings.weightDecay = 0.01;
  }
  settings.perEpoch = model.task == taskName(Task::Seq2SeqLm);
  if (published) settings.perEpoch ? publishedForTranslation(settings) : publishedForBert(settings);
  return settings;
}

}  // namespace headroom
