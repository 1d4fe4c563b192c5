// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <utility>

#include "core/base/error.h"
#include "core/data/columns.h"
#include "core/data/example_choice.h"
#include "core/data/labels.h"
#include "core/data/table_reader.h"
#include "core/data/words.h"

namespace headroom {

namespace {

constexpr std::int64_t kRowsBetweenReports = 1024;

/// The usable rows of a file; an example's label is an index into `labels` until these are mapped.
struct RawTable {
  std::vector<Example> examples;
  std::vector<RawLabel> labels;
};

/// Why a row cannot be used; empty when it can.
std::string problemOf(const TableRow& row, const ColumnChoice& columns, bool regression) {
  if (!row.problem.empty()) return row.problem;
  if (row.cells.size() < columns.names.size()) return "too few columns";
  if (row.cells.size() > columns.names.size()) return "too many columns";
  const std::string_view label = trimmed(row.cells[static_cast<size_t>(columns.label)]);
  if (label.empty()) return "label is missing";
  if (label == "-1" && !regression) return "label is -1 (not labelled)";
  if (label == "-") return "label is - (annotators disagreed)";
  for (const int text : columns.texts)
    if (trimmed(row.cells[static_cast<size_t>(text)]).empty()) return "text is empty";
  return {};
}

Example exampleOf(TableRow& row, const ColumnChoice& columns) {
  Example example;
  example.line = row.line;
  example.text = std::move(row.cells[static_cast<size_t>(columns.texts[0])]);
  if (columns.texts.size() > 1) example.second = std::move(row.cells[static_cast<size_t>(columns.texts[1])]);
  return example;
}

RawTable readRows(TableReader& reader, const ColumnChoice& columns, bool regression, DataFileSummary& summary,
                  const JobContext& context) {
  RawTable table;
  std::unordered_map<std::string, int> known;
  TableRow row;
  if (columns.header && reader.format() != TableFormat::JsonLines) reader.next(row);
  while (reader.next(row)) {
    if (summary.rows++ % kRowsBetweenReports == 0) {
      context.checkStop();
      context.report({.task = "reading " + summary.path, .step = summary.rows});
    }
    if (const std::string problem = problemOf(row, columns, regression); !problem.empty()) {
      ++summary.skipped[problem];
      continue;
    }
    const std::string label(trimmed(row.cells[static_cast<size_t>(columns.label)]));
    const auto [place, isNew] = known.try_emplace(label, static_cast<int>(table.labels.size()));
    if (isNew) table.labels.push_back({label, row.line});
    table.examples.push_back(exampleOf(row, columns));
    table.examples.back().label = place->second;
  }
  return table;
}

void requireExamples(const RawTable& table, const DataFileSummary& summary) {
  if (!table.examples.empty()) return;
  std::string reasons;
  for (const auto& [reason, count] : summary.skipped)
    reasons += (reasons.empty() ? "" : "; ") + reason + ": " + std::to_string(count);
  throw Error(ErrorKind::BadInput,
              summary.path + ": found " + std::to_string(summary.rows) + " rows, none of them usable" +
                  (reasons.empty() ? "" : " (" + reasons + ")") +
                  ", expected rows with a text and a label; choose other columns or a labelled file");
}

/// Turns labels into values; what is no number is counted and left out.
void takeValues(RawTable& table, std::map<std::string, std::int64_t>& skipped) {
  std::vector<std::optional<double>> values;
  for (const RawLabel& label : table.labels) {
    double value = 0;
    const auto [end, error] = std::from_chars(label.text.data(), label.text.data() + label.text.size(), value);
    const bool good = error == std::errc() && end == label.text.data() + label.text.size() && std::isfinite(value);
    values.push_back(good ? std::optional(value) : std::nullopt);
  }
  const auto valueOf = [&values](const Example& example) { return values[static_cast<size_t>(example.label)]; };
  const size_t wrong = std::erase_if(table.examples, [&](const Example& example) { return !valueOf(example); });
  if (wrong > 0) skipped["label is no number"] += static_cast<std::int64_t>(wrong);
  for (Example& example : table.examples) {
    example.value = *valueOf(example);
    example.label = 0;
  }
}

/// Gives each example its class and counts them.
void takeClasses(Dataset& data, const LabelMapping& mapping) {
  data.labels = mapping.names;
  for (Example& example : data.examples) example.label = mapping.classes[static_cast<size_t>(example.label)];
}

void encodeAll(Dataset& data, const Tokenizer& tokenizer, int maxLength, const JobContext& context) {
  const bool pairs = data.summary.textColumns.size() > 1;
  const auto total = static_cast<std::int64_t>(data.examples.size());
  std::int64_t tokens = 0;
  for (std::int64_t i = 0; i < total; ++i) {
    if (i % kRowsBetweenReports == 0) {
      context.checkStop();
      context.report({.task = "tokenizing " + data.summary.path, .step = i, .total = total});
    }
    Example& example = data.examples[static_cast<size_t>(i)];
    Encoding encoding = tokenizer.encode(
        example.text, pairs ? std::optional<std::string_view>(example.second) : std::nullopt, maxLength);
    data.summary.truncated += encoding.truncated ? 1 : 0;
    example.ids = std::move(encoding.ids);
    example.types = std::move(encoding.types);
    data.summary.longest = std::max(data.summary.longest, example.length());
    tokens += example.length();
  }
  data.summary.examples = total;
  data.summary.meanLength = static_cast<double>(tokens) / static_cast<double>(total);
}

}  // namespace

Dataset openDataset(const DatasetRequest& request, const Tokenizer& tokenizer, const JobContext& context) {
  TableReader reader(request.path);
  const ColumnChoice columns = chooseColumns(reader, request.textColumns, request.labelColumn);

  Dataset data;
  data.summary.path = request.path;
  data.summary.format = tableFormatName(reader.format());
  data.summary.sha256 = reader.sha256();
  data.summary.labelColumn = columns.names[static_cast<size_t>(columns.label)];
  for (const int text : columns.texts) data.summary.textColumns.push_back(columns.names[static_cast<size_t>(text)]);

  RawTable table = readRows(reader, columns, request.regression, data.summary, context);
  if (request.regression) takeValues(table, data.summary.skipped);
  requireExamples(table, data.summary);
  data.examples = std::move(table.examples);
  if (request.regression) {
    data.kind = DataKind::Regression;
  } else {
    takeClasses(data, mapLabels(table.labels, {.path = request.path,
                                               .column = data.summary.labelColumn,
                                               .modelNames = request.labelNames,
                                               .mayRename = request.mayRename}));
  }
  sampleExamples(data.examples, request.maxExamples, data.summary.skipped);
  data.summary.labelCounts.assign(data.labels.size(), 0);
  for (const Example& example : data.examples)
    if (!request.regression) ++data.summary.labelCounts[static_cast<size_t>(example.label)];
  encodeAll(data, tokenizer, request.maxLength, context);
  return data;
}

}  // namespace headroom
