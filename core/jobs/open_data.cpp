// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/data_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

DataSummary openData(Workspace& workspace, const OpenDataRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const ModelConfig& config = state.requireOpened().config();
  if (request.maxExamples < 0)
    throw Error(ErrorKind::BadInput,
                "most examples: found " + std::to_string(request.maxExamples) + ", expected 1 or more (0 = all)");
  std::shared_ptr<const Tokenizer> tokenizer;
  if (config.task != Task::ImageClassification) tokenizer = openTokenizer(state.summary.path, config.vocabulary);

  std::optional<Dataset> train, choice, dev;
  DataFileRequest file{request.trainPath, 0, config.labels, true};
  if (!request.trainPath.empty()) {
    train = openDataFile(file, request, config, tokenizer.get(), context);
    file.labels = train->labels;
    file.mayRename = false;
  }
  if (!request.choicePath.empty()) {
    file.path = request.choicePath;
    choice = openDataFile(file, request, config, tokenizer.get(), context);
  }
  if (!request.devPath.empty()) {
    file.path = request.devPath;
    file.maxExamples = request.maxExamples;
    dev = openDataFile(file, request, config, tokenizer.get(), context);
  }

  const BatchSettings batches = batchSettings(config, state.summary.path);
  state.forgetData();
  state.tokenizer = std::move(tokenizer);
  state.dataRequest = request;
  state.train = std::move(train);
  state.choice = std::move(choice);
  state.dev = std::move(dev);
  if (state.dev) state.evaluation = std::make_unique<EvaluationSet>(*state.dev, config, batches, state.device);
  DataSummary summary;
  if (state.train) summary.train = state.train->summary;
  if (state.dev) summary.dev = state.dev->summary;
  summary.labels = state.train ? state.train->labels : state.dev ? state.dev->labels : config.labels;
  return summary;
}

}  // namespace headroom
