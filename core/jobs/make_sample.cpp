// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/checkpoint/hf_folder.h"
#include "core/data/metrics.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/sample/sentiment_files.h"
#include "core/sample/word_count_regression.h"

namespace headroom {

namespace {

/// How the bundled model was trained.
TrainSettings sentimentRecipe(const MakeSampleRequest& request) {
  TrainSettings settings;
  settings.method = "none";
  settings.steps = request.steps > 0 ? request.steps : 9000;
  settings.batch = 64;
  settings.lr = 5e-4;
  settings.warmup = 0.1;
  settings.weightDecay = 0.01;
  settings.maxLength = 32;
  settings.seed = request.seed;
  settings.checkpointEvery = 0;
  return settings;
}

/// A folder beside `path` for what is only needed on the way; gone at the end, however that comes.
class ScratchFolder {
 public:
  explicit ScratchFolder(const std::string& path) : m_path(path + ".making-" + std::to_string(::getpid())) {
    std::error_code code;
    std::filesystem::create_directories(m_path, code);
    if (code) throw Error(ErrorKind::Io, path + ": cannot write beside it: " + code.message());
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(m_path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return m_path; }

 private:
  std::string m_path;
};

}  // namespace

SampleReport makeSample(Workspace& workspace, const MakeSampleRequest& request, const JobContext& context) {
  if (request.name != "sentiment-bert")
    throw Error(ErrorKind::BadInput, "sample: found \"" + request.name + "\", expected sentiment-bert");
  HfFolderWriter folder(request.outPath, request.overwrite);  // refuses a wrong place before the work
  SentimentSampleSettings sizes;
  sizes.seed = request.seed;
  const SentimentData data = generateSentimentData(sizes);
  SampleReport report;
  report.wordCountAccuracy = WordCountRegression(data.train).accuracy(data.dev);

  const ScratchFolder scratch(request.outPath);
  const std::string fresh = scratch.path() + "/fresh";
  writeSentimentFiles(fresh, sizes, data);
  const ModelConfig config = readModelConfig(fresh);
  writeSafetensors(fresh + "/model.safetensors", Parameters::random(config, request.seed).toWrite());
  (void)openModel(workspace, {fresh}, context);
  (void)openData(workspace, {fresh + "/train.tsv", fresh + "/dev.tsv", {}, {}, config.maxPositions, 0}, context);
  TrainRequest training;
  training.settings = sentimentRecipe(request);
  training.runPath = scratch.path() + "/run.h5";
  const TrainReport trained = trainGates(workspace, training, context, {});
  report.metric = trained.metric;
  report.parameters = trained.fullParameters;

  folder.writeConfig(config.json);
  folder.writeWeights(workspace.state().requireModel().parameters().toWrite());
  folder.copySideFiles(fresh);
  folder.writeFile("train.tsv", readTextFile(fresh + "/train.tsv"));
  folder.writeFile("dev.tsv", readTextFile(fresh + "/dev.tsv"));
  folder.commit();
  return report;
}

}  // namespace headroom
