// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

DataSummary openData(Workspace& workspace, const OpenDataRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const ModelConfig& config = state.requireOpened().config();
  if (request.maxExamples < 0)
    throw Error(ErrorKind::BadInput,
                "most examples: found " + std::to_string(request.maxExamples) + ", expected 1 or more (0 = all)");
  auto tokenizer = openTokenizer(state.summary.path, config.vocabulary);
  DatasetRequest wanted;
  wanted.textColumns = request.textColumns;
  wanted.labelColumn = request.labelColumn;
  wanted.maxLength = std::min(request.maxLength, config.maxPositions);
  wanted.labelNames = config.labels;

  std::optional<Dataset> train, dev;
  if (!request.trainPath.empty()) {
    wanted.path = request.trainPath;
    train = openDataset(wanted, *tokenizer, context);
    wanted.labelNames = train->labels;
    wanted.mayRename = false;
  }
  if (!request.devPath.empty()) {
    wanted.path = request.devPath;
    wanted.maxExamples = request.maxExamples;
    dev = openDataset(wanted, *tokenizer, context);
  }
  std::unique_ptr<EvaluationSet> evaluation;
  if (dev) evaluation = std::make_unique<EvaluationSet>(*dev, config, state.device);

  state.forgetData();
  state.tokenizer = std::move(tokenizer);
  state.dataRequest = request;
  state.train = std::move(train);
  state.dev = std::move(dev);
  state.evaluation = std::move(evaluation);
  DataSummary summary;
  if (state.train) summary.train = state.train->summary;
  if (state.dev) summary.dev = state.dev->summary;
  summary.labels = state.train ? state.train->labels : state.dev ? state.dev->labels : config.labels;
  return summary;
}

}  // namespace headroom
