// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/preview_data.h"

#include <algorithm>
#include <cstdio>

#include "core/data/columns.h"
#include "core/jobs/data_file.h"
#include "core/jobs/workspace_state.h"

namespace headroom {

namespace {

bool isTable(const DataFileSummary& file) {
  return file.format == "TSV" || file.format == "CSV" || file.format == "JSON lines";
}

std::string labelOf(const Dataset& data, const Example& example) {
  if (data.kind == DataKind::Regression) {
    char text[32];
    std::snprintf(text, sizeof text, "%g", example.value);
    return text;
  }
  const auto label = static_cast<size_t>(example.label);
  return data.kind != DataKind::Answers && label < data.labels.size() ? data.labels[label] : "";
}

PreviewRow rowOf(const Dataset& data, size_t index, const Tokenizer* tokenizer) {
  const Example& example = data.examples[index];
  PreviewRow row{example.text, example.second, labelOf(data, example), {}};
  if (data.images) {
    const auto pixels = data.images->image(index);
    row.image = ExampleImage{data.images->shape.channels,
                             data.images->shape.height,
                             data.images->shape.width,
                             {pixels.begin(), pixels.end()}};
  } else if (data.kind == DataKind::Answers) {
    const Question& question = data.questions[static_cast<size_t>(example.label)];
    row = {question.text, *question.context, question.answers.empty() ? "" : question.answers.front(), {}};
  } else if (row.text.empty()) {
    row.text = tokenizer->decode(example.ids);
  }
  return row;
}

}  // namespace

DataPreview previewData(Workspace& workspace, const PreviewDataRequest& request, const JobContext& context) {
  const Workspace::State& state = workspace.state();
  const ModelConfig& config = state.requireOpened().config();
  std::shared_ptr<const Tokenizer> tokenizer;
  if (config.task != Task::ImageClassification) tokenizer = openTokenizer(state.summary.path, config.vocabulary);
  OpenDataRequest asked;
  asked.textColumns = request.textColumns;
  asked.labelColumn = request.labelColumn;
  asked.maxLength = request.maxLength;
  const Dataset data = openDataFile({request.path, 0, config.labels, true}, asked, config, tokenizer.get(), context);
  DataPreview preview{data.summary, {}, data.labels, {}};
  if (isTable(data.summary)) {
    const TableReader table(request.path);
    preview.columns = data.summary.labelColumn.empty()
                          ? table.columns()
                          : chooseColumns(table, data.summary.textColumns, data.summary.labelColumn).names;
  }
  for (size_t i = 0; i < std::min(data.examples.size(), static_cast<size_t>(request.mostRows)); ++i)
    preview.rows.push_back(rowOf(data, i, tokenizer.get()));
  return preview;
}

}  // namespace headroom
