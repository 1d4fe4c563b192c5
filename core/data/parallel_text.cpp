// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/parallel_text.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/data/example_choice.h"
#include "core/data/table_reader.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr std::int64_t kPairsBetweenReports = 1024;

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

bool isBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

void addPair(Dataset& data, std::string_view source, std::string_view target, std::int64_t line) {
  ++data.summary.rows;
  const std::string_view problem = firstInvalidUtf8(source) || firstInvalidUtf8(target) ? "not UTF-8"
                                   : isBlank(source) || isBlank(target)                 ? "text is empty"
                                                                                        : "";
  if (!problem.empty()) {
    ++data.summary.skipped[std::string(problem)];
    return;
  }
  Example& example = data.examples.emplace_back();
  example.text = source;
  example.second = target;
  example.line = line;
}

void readTwoFiles(const ParallelTextRequest& request, Dataset& data) {
  const std::string source = readTextFile(request.sourcePath), target = readTextFile(request.targetPath);
  const std::vector<std::string_view> sources = linesOf(source), targets = linesOf(target);
  if (sources.size() != targets.size())
    refuseFile(request.targetPath, "found " + std::to_string(targets.size()) + " lines, expected " +
                                       std::to_string(sources.size()) + " as " + request.sourcePath +
                                       " has; choose two files that belong together line by line");
  data.summary.format = "parallel text";
  data.summary.textColumns = {"source", "target"};
  Sha256 digest;
  digest.update(source);
  digest.update(target);
  data.summary.sha256 = digest.hex();
  for (size_t i = 0; i < sources.size(); ++i) addPair(data, sources[i], targets[i], static_cast<std::int64_t>(i) + 1);
}

/// Whether the first record of a table names its columns.
bool isHeader(const std::vector<std::string>& cells) {
  static constexpr std::array<std::string_view, 8> kNames{"source", "target", "src",  "tgt",
                                                          "input",  "output", "text", "translation"};
  const auto isName = [](const std::string& cell) {
    return cell.size() == 2 || std::find(kNames.begin(), kNames.end(), cell) != kNames.end();
  };
  return cells.size() >= 2 && isName(cells[0]) && isName(cells[1]);
}

size_t columnNamed(const TableReader& reader, const std::string& name) {
  const auto found = std::find(reader.columns().begin(), reader.columns().end(), name);
  if (found == reader.columns().end())
    refuseFile(reader.path(),
               "column " + shortened(name) + ": found no column of that name, expected one; choose another");
  return static_cast<size_t>(found - reader.columns().begin());
}

void readTable(const ParallelTextRequest& request, Dataset& data) {
  TableReader reader(request.sourcePath);
  const std::vector<std::string>& names = reader.columns();
  if (!request.columns.empty() && request.columns.size() != 2)
    throw Error(ErrorKind::BadInput,
                "columns: found " + std::to_string(request.columns.size()) + ", expected source and target");
  if (names.size() < 2)
    refuseFile(request.sourcePath,
               "found one column, expected two: a text and its translation; name the file of the translations");
  const bool named = !request.columns.empty();
  const size_t source = named ? columnNamed(reader, request.columns[0]) : 0;
  const size_t target = named ? columnNamed(reader, request.columns[1]) : 1;
  data.summary.format = tableFormatName(reader.format());
  data.summary.sha256 = reader.sha256();
  const bool header = named || isHeader(names);
  data.summary.textColumns = header || reader.format() == TableFormat::JsonLines
                                 ? std::vector{names[source], names[target]}
                                 : std::vector<std::string>{"column 1", "column 2"};
  TableRow row;
  if (header && reader.format() != TableFormat::JsonLines) reader.next(row);
  while (reader.next(row)) {
    if (row.problem.empty() && row.cells.size() == names.size()) {
      addPair(data, row.cells[source], row.cells[target], row.line);
      continue;
    }
    ++data.summary.rows;
    ++data.summary.skipped[!row.problem.empty()              ? row.problem
                           : row.cells.size() < names.size() ? "too few columns"
                                                             : "too many columns"];
  }
}

void encodePairs(Dataset& data, const ParallelTextRequest& request, const Tokenizer& tokenizer,
                 const JobContext& context) {
  const auto total = static_cast<std::int64_t>(data.examples.size());
  for (std::int64_t i = 0; i < total; ++i) {
    if (i % kPairsBetweenReports == 0) {
      context.checkStop();
      context.report({.task = "tokenizing " + data.summary.path, .step = i, .total = total});
    }
    Example& example = data.examples[static_cast<size_t>(i)];
    Encoding source = tokenizer.encode(example.text, std::nullopt, request.maxLength);
    Encoding target = tokenizer.encodeTarget(example.second, request.maxTargetLength);
    data.summary.truncated += source.truncated || target.truncated ? 1 : 0;
    example.ids = std::move(source.ids);
    example.types = std::move(source.types);
    example.targets = std::move(target.ids);
  }
}

}  // namespace

Dataset openParallelText(const ParallelTextRequest& request, const Tokenizer& tokenizer, const JobContext& context) {
  Dataset data;
  data.kind = DataKind::ParallelText;
  data.summary.path = request.sourcePath;
  if (request.targetPath.empty()) {
    readTable(request, data);
  } else {
    readTwoFiles(request, data);
  }
  if (data.examples.empty())
    refuseFile(request.sourcePath, "found " + std::to_string(data.summary.rows) +
                                       " pairs, none of them usable, expected texts with their translations");
  sampleExamples(data.examples, request.maxExamples, data.summary.skipped);
  encodePairs(data, request, tokenizer, context);
  summarise(data);
  return data;
}

}  // namespace headroom
