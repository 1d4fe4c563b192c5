// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/checkpoint/hf_folder.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/sample/sample_table.h"

namespace headroom {

namespace {

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
  const Sample& sample = findSample(request.name);
  HfFolderWriter folder(request.outPath, request.overwrite);  // refuses a wrong place before the work
  SampleReport report;
  if (sample.wordCountAccuracy) report.wordCountAccuracy = sample.wordCountAccuracy(request.seed);

  const ScratchFolder scratch(request.outPath);
  const std::string fresh = scratch.path() + "/fresh";
  std::filesystem::create_directory(fresh);
  sample.write(fresh, request.seed);
  const ModelConfig config = readModelConfig(fresh);
  writeSafetensors(fresh + "/model.safetensors", Parameters::random(config, request.seed).toWrite());
  (void)openModel(workspace, {fresh}, context);
  (void)openData(workspace,
                 {fresh + "/" + sample.trainFile, fresh + "/" + sample.devFile, {}, {}, sample.recipe.maxLength, 0},
                 context);
  TrainRequest training;
  training.settings = sample.recipe;
  training.settings.seed = request.seed;
  if (request.steps > 0) training.settings.steps = request.steps;
  training.runPath = scratch.path() + "/run.h5";
  const TrainReport trained = trainGates(workspace, training, context, {});
  report.metric = trained.metric;
  report.parameters = trained.fullParameters;
  if (config.task == Task::Seq2SeqLm) report.bleu = translateDev(workspace, {}, context).bleu;

  folder.writeConfig(config.json);
  folder.writeWeights(workspace.state().requireModel().parameters().toWrite());
  folder.copySideFiles(fresh);
  for (const std::string& file : sample.dataFiles) folder.writeFile(file, readTextFile(fresh + "/" + file));
  folder.commit();
  return report;
}

}  // namespace headroom
