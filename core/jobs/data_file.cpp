// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/data_file.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <tuple>

#include "core/data/image_dataset.h"
#include "core/data/masked_text.h"
#include "core/data/parallel_text.h"
#include "core/data/question_answers.h"
#include "core/data/text_stream.h"

namespace headroom {

namespace {

/// "source,target": two files aligned by lines; nothing when the path is one file of its own.
std::optional<std::pair<std::string, std::string>> twoFiles(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored)) return std::nullopt;
  for (size_t comma = path.find(','); comma != std::string::npos; comma = path.find(',', comma + 1))
    if (std::filesystem::exists(path.substr(0, comma), ignored))
      return std::pair(path.substr(0, comma), path.substr(comma + 1));
  return std::nullopt;
}

Dataset openTexts(const DataFileRequest& file, const OpenDataRequest& request, const ModelConfig& config,
                  const Tokenizer& tokenizer, const JobContext& context) {
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
  if (config.task == Task::MaskedLm)
    return openMaskedText({file.path, maxLength, file.maxExamples, 0}, tokenizer, context);
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

}  // namespace

Dataset openDataFile(const DataFileRequest& file, const OpenDataRequest& request, const ModelConfig& config,
                     const Tokenizer* tokenizer, const JobContext& context) {
  if (config.task != Task::ImageClassification) return openTexts(file, request, config, *tokenizer, context);
  ImageDatasetRequest wanted;
  wanted.path = file.path;
  wanted.channels = config.patch.channels;
  wanted.height = wanted.width = config.patch.imageSize;
  const std::filesystem::path modelFolder = std::filesystem::path(config.path).parent_path();
  wanted.modelFolder = modelFolder.empty() ? "." : modelFolder.string();
  wanted.maxExamples = file.maxExamples;
  wanted.labelNames = file.labels;
  wanted.mayRename = file.mayRename;
  return openImages(wanted, context);
}

}  // namespace headroom
