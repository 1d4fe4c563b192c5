// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "core/base/error.h"
#include "core/checkpoint/weight_names.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/run_file.h"

namespace headroom {

namespace {

bool isRunFile(const std::string& path) { return std::filesystem::is_regular_file(path); }

std::string folderName(const std::string& path) {
  const std::filesystem::path clean = std::filesystem::absolute(path).lexically_normal();
  return clean.has_filename() ? clean.filename().string() : clean.parent_path().filename().string();
}

ModelSummary summarise(const std::string& path, const ModelConfig& config, const TensorSource& weights) {
  (void)resolveWeights(weights, config);
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

void loadTrained(Workspace::State& state, const std::string& runPath) {
  const RunHeader header = readRunHeader(runPath);
  RunHeader now;
  now.family = state.summary.family;
  now.layout = state.summary.layout;
  now.modelSha256 = state.weightsSha256;
  requireSameOrigin(runPath, header, now);
  const SafetensorsFile file(trainedWeights(runPath));
  state.current = Transformer(state.opened->config(), Parameters::load(file, state.opened->config(), state.device));
  state.logAlpha.clear();
  if (file.find("gates.log_alpha")) {
    const torch::Tensor stored = readTensor(file, "gates.log_alpha").to(torch::kFloat64).contiguous();
    state.logAlpha.assign(stored.data_ptr<double>(), stored.data_ptr<double>() + stored.numel());
  }
  state.runPath = runPath;
}

}  // namespace

ModelSummary describeModel(const std::string& path) {
  const std::string folder = isRunFile(path) ? readRunHeader(path).modelPath : path;
  return summarise(folder, readModelConfig(folder), *openWeights(folder));
}

ModelSummary openModel(Workspace& workspace, const OpenModelRequest& request, const JobContext& context) {
  context.checkStop();
  const bool run = isRunFile(request.path);
  const std::string folder = run ? readRunHeader(request.path).modelPath : request.path;
  const ModelConfig config = readModelConfig(folder);
  const std::unique_ptr<TensorSource> weights = openWeights(folder);
  ModelSummary summary = summarise(folder, config, *weights);
  Workspace::State& state = workspace.state();
  Transformer opened(config, Parameters::load(*weights, config, state.device));
  context.checkStop();
  // Nothing can fail from here on: until now the workspace still holds what it held.
  state.forgetData();
  state.summary = std::move(summary);
  state.weightsSha256 = weightsSha256(opened.parameters(), {});
  state.opened = opened;
  state.current = opened;
  state.logAlpha.clear();
  state.runPath.clear();
  state.tokenizer.reset();
  if (run) loadTrained(state, request.path);
  return state.summary;
}

RunSnapshot openRun(Workspace& workspace, const std::string& path, const JobContext& context) {
  RunSnapshot snapshot = readRunFile(path);
  (void)openModel(workspace, {path}, context);
  return snapshot;
}

RunSnapshot readRun(const std::string& path) { return readRunFile(path); }

TrainSettings recommendedSettings(const ModelSummary& model, const std::string& method, bool published) {
  TrainSettings settings;
  settings.method = method;
  settings.keep = model.layout.headCount() / 4;
  settings.published = published;
  settings.maxLength = std::min(settings.maxLength, model.maxPositions > 0 ? model.maxPositions : settings.maxLength);
  // BERT-base is fine-tuned with 2e-5; narrower models want, and bear, more.
  const double narrow = 768.0 / std::max(1, model.hidden);
  settings.lr = roundedToOneDigit(std::clamp(2e-5 * std::pow(narrow, 1.8), 1e-5, 1e-3));
  if (findMethod(method).gates) {
    settings.warmup = published ? 0.0 : 0.05;
  } else {
    settings.warmup = 0.1;
    settings.weightDecay = 0.01;
  }
  if (published) {
    settings.lr = 2e-5;
    settings.gateLr = 0.5;
    settings.confidenceEvery = 1;
  }
  return settings;
}

}  // namespace headroom
