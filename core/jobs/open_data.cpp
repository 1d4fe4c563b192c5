// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include "core/base/error.h"
#include "core/data/image_dataset.h"
#include "core/data/masked_text.h"
#include "core/data/parallel_text.h"
#include "core/data/question_answers.h"
#include "core/data/text_stream.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

/// What is asked of one file; the labels of a dev file are the train file's.
struct FileRequest {
  std::string path;
  std::int64_t maxExamples = 0;
  std::vector<std::string> labels;
  bool mayRename = true;
};

/// "source,target": two files aligned by lines; nothing when the path is one file of its own.
std::optional<std::pair<std::string, std::string>> twoFiles(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return std::nullopt;
  for (size_t comma = path.find(','); comma != std::string::npos; comma = path.find(',', comma + 1))
    if (std::filesystem::exists(path.substr(0, comma), ignored)) return std::pair(path.substr(0, comma), path.substr(comma + 1));
  return std::nullopt;
}

Dataset openTexts(const FileRequest& file, const OpenDataRequest& request, const ModelConfig& config, const Tokenizer& tokenizer, const JobContext& context) {
  const int maxLength = std::min(request.maxLength, config.maxPositions);
  if (config.task == Task::CausalLm) {
    TextStreamRequest wanted;
    wanted.path = file.path;
    wanted.maxLength = maxLength;
    wanted.maxExamples = file.maxExamples;
    return openTextStream(wanted, tokenizer, context);
  }
  if (config.task == Task::Seq2SeqLm) {
    ParallelTextRequest wanted;
    wanted.sourcePath = file.path;
    if (const auto pair = twoFiles(file.path)) std::tie(wanted.sourcePath, wanted.targetPath) = *pair;
    wanted.columns = request.textColumns;
    wanted.maxLength = wanted.maxTargetLength = maxLength;
    wanted.maxExamples = file.maxExamples;
    return openParallelText(wanted, tokenizer, context);
  }
  if (config.task == Task::MaskedLm) return openMaskedText({file.path, maxLength, file.maxExamples, 0}, tokenizer, context);
  if (config.task == Task::QuestionAnswering) {
    QuestionRequest wanted;
    wanted.path = file.path;
    wanted.maxLength = maxLength;
    wanted.overlap = std::min(wanted.overlap, maxLength / 3);
    wanted.maxQuestion = std::min(wanted.maxQuestion, maxLength / 3);
    wanted.maxExamples = file.maxExamples;
    return openQuestions(wanted, tokenizer, context);
  }
  DatasetRequest wanted;
  wanted.path = file.path;
  wanted.regression = config.labelCount() == 1;
  wanted.textColumns = request.textColumns;
  wanted.labelColumn = request.labelColumn;
  wanted.maxLength = maxLength;
  wanted.maxExamples = file.maxExamples;
  wanted.labelNames = file.labels;
  wanted.mayRename = file.mayRename;
  return openDataset(wanted, tokenizer, context);
}

Dataset openFile(const FileRequest& file, const OpenDataRequest& request, const ModelConfig& config, const Tokenizer* tokenizer, const JobContext& context) {
  if (config.task != Task::ImageClassification) return openTexts(file, request, config, *tokenizer, context);
  ImageDatasetRequest wanted;
  wanted.path = file.path;
  wanted.channels = config.patch.channels;
  wanted.height = wanted.width = config.patch.imageSize;
  wanted.maxExamples = file.maxExamples;
  wanted.labelNames = file.labels;
  wanted.mayRename = file.mayRename;
  return openImages(wanted, context);
}

}  // namespace

DataSummary openData(Workspace& workspace, const OpenDataRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  const ModelConfig& config = state.requireOpened().config();
  if (request.maxExamples < 0)
    throw Error(ErrorKind::BadInput, "most examples: found " + std::to_string(request.maxExamples) + ", expected 1 or more (0 = all)");
  std::shared_ptr<const Tokenizer> tokenizer;
  if (config.task != Task::ImageClassification) tokenizer = openTokenizer(state.summary.path, config.vocabulary);

  std::optional<Dataset> train, dev;
  FileRequest file{request.trainPath, 0, config.labels, true};
  if (!request.trainPath.empty()) {
    train = openFile(file, request, config, tokenizer.get(), context);
    file.labels = train->labels;
    file.mayRename = false;
  }
  if (!request.devPath.empty()) {
    file.path = request.devPath;
    file.maxExamples = request.maxExamples;
    dev = openFile(file, request, config, tokenizer.get(), context);
  }

  const BatchSettings batches = batchSettings(config, state.summary.path);
  state.forgetData();
  state.tokenizer = std::move(tokenizer);
  state.dataRequest = request;
  state.train = std::move(train);
  state.dev = std::move(dev);
  if (state.dev) state.evaluation = std::make_unique<EvaluationSet>(*state.dev, config, batches, state.device);
  DataSummary summary;
  if (state.train) summary.train = state.train->summary;
  if (state.dev) summary.dev = state.dev->summary;
  summary.labels = state.train ? state.train->labels : state.dev ? state.dev->labels : config.labels;
  return summary;
}

}  // namespace headroom
