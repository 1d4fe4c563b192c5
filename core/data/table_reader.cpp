// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/table_reader.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json_levels.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr int kObjectsForColumns = 64;

std::string lowerEnding(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  for (char& letter : ending)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return ending;
}

std::string at(const std::string& path, std::int64_t line) { return path + ": line " + std::to_string(line) + ": "; }

/// The cell behind the last one in use, emptied.
std::string& newCell(TableRow& row, size_t& used) {
  if (used == row.cells.size()) row.cells.emplace_back();
  std::string& cell = row.cells[used++];
  cell.clear();
  return cell;
}

std::string cellText(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  return value.is_number() ? value.dump() : std::string();
}

}  // namespace

std::string tableFormatName(TableFormat format) {
  switch (format) {
    case TableFormat::Tsv: return "TSV";
    case TableFormat::Csv: return "CSV";
    case TableFormat::JsonLines: return "JSON lines";
  }
  return {};
}

TableReader::TableReader(const std::string& path) : m_path(path), m_text(readTextFile(path)) {
  Sha256 digest;
  digest.update(m_text);
  m_sha256 = digest.hex();
  requireText();
  if (m_text.starts_with("\xEF\xBB\xBF")) m_start = 3;
  m_at = m_start;
  chooseFormat();
  readColumns();
  m_at = m_start;
  m_line = 1;
}

void TableReader::requireText() const {
  if (m_text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw Error(ErrorKind::BadFile, m_path + ": found an empty file, expected rows with a text and a label");
  if (m_text.starts_with("\xFF\xFE") || m_text.starts_with("\xFE\xFF"))
    throw Error(ErrorKind::BadFile, m_path + ": found UTF-16 text, expected UTF-8; save the file as UTF-8");
  const size_t zero = m_text.find('\0');
  if (zero != std::string::npos)
    throw Error(ErrorKind::BadFile,
                at(m_path, 1 + std::count(m_text.begin(), m_text.begin() + static_cast<std::ptrdiff_t>(zero), '\n')) +
                    "found binary data (a zero byte), expected TSV, CSV or JSON lines in UTF-8");
  const std::string_view firstLine = std::string_view(m_text).substr(0, m_text.find('\n'));
  if (firstInvalidUtf8(firstLine))
    throw Error(ErrorKind::BadFile,
                at(m_path, 1) + "found bytes that are not UTF-8, expected TSV, CSV or JSON lines in UTF-8");
}

void TableReader::chooseFormat() {
  const std::string ending = lowerEnding(m_path);
  const std::string_view firstLine = std::string_view(m_text).substr(m_start, m_text.find('\n', m_start) - m_start);
  const auto has = [firstLine](char character) { return firstLine.find(character) != std::string_view::npos; };
  const size_t first = m_text.find_first_not_of(" \t\r\n", m_start);
  const bool json = ending == ".jsonl" || ending == ".json" || ending == ".ndjson";
  if (json && first != std::string::npos && m_text[first] == '[')
    throw Error(ErrorKind::BadFile, at(m_path, 1) + "found a JSON list, expected JSON lines; write one object a line");
  if (json || (ending != ".tsv" && ending != ".csv" && first != std::string::npos && m_text[first] == '{')) {
    m_format = TableFormat::JsonLines;
  } else if (ending == ".csv" || (ending != ".tsv" && !has('\t') && has(','))) {
    m_format = TableFormat::Csv;
    m_separator = has(',') ? ',' : has(';') ? ';' : has('\t') ? '\t' : ',';
  }
}

void TableReader::readColumns() {
  TableRow row;
  if (m_format != TableFormat::JsonLines) {
    if (next(row)) m_columns = row.cells;
    return;
  }
  for (int seen = 0; seen < kObjectsForColumns && m_at < m_text.size();) {
    const std::string_view line = takeLine();
    if (nestsTooDeeply(line)) continue;
    const auto object = nlohmann::ordered_json::parse(line, nullptr, false);
    if (object.is_discarded() || !object.is_object()) continue;
    ++seen;
    for (const auto& [name, value] : object.items())
      if (std::find(m_columns.begin(), m_columns.end(), name) == m_columns.end()) m_columns.push_back(name);
  }
  if (m_columns.empty())
    throw Error(ErrorKind::BadFile, m_path + ": found no JSON object, expected one a line (JSON lines)");
}

std::string_view TableReader::takeLine() {
  const size_t end = std::min(m_text.find('\n', m_at), m_text.size());
  std::string_view line = std::string_view(m_text).substr(m_at, end - m_at);
  if (line.ends_with('\r')) line.remove_suffix(1);
  m_at = std::min(end + 1, m_text.size());
  ++m_line;
  return line;
}

bool TableReader::next(TableRow& row) {
  if (m_at >= m_text.size()) return false;
  row.line = m_line;
  row.problem.clear();
  switch (m_format) {
    case TableFormat::Tsv: readSeparated(row); break;
    case TableFormat::Csv: readQuoted(row); break;
    case TableFormat::JsonLines: readObject(row); break;
  }
  return true;
}

void TableReader::readSeparated(TableRow& row) {
  std::string_view line = takeLine();
  if (line.empty()) row.problem = "line is empty";
  if (firstInvalidUtf8(line)) row.problem = "not UTF-8";
  size_t used = 0;
  for (size_t begin = 0; begin <= line.size();) {
    const size_t end = std::min(line.find(m_separator, begin), line.size());
    newCell(row, used).assign(line.substr(begin, end - begin));
    begin = end + 1;
  }
  row.cells.resize(used);
}

void TableReader::readQuoted(TableRow& row) {
  const size_t begin = m_at;
  std::int64_t quoteLine = 0;  // where the open quote stands; 0 = outside quotes
  size_t used = 0;
  std::string* cell = &newCell(row, used);
  bool fresh = true;  // nothing of the cell has been read: only here a quote opens
  for (; m_at < m_text.size(); ++m_at) {
    const char character = m_text[m_at];
    if (character == '\n') ++m_line;
    if (quoteLine > 0) {
      const bool doubled = character == '"' && m_at + 1 < m_text.size() && m_text[m_at + 1] == '"';
      if (doubled) ++m_at;
      if (character == '"' && !doubled) {
        quoteLine = 0;
      } else {
        *cell += character;
      }
      continue;
    }
    if (character == '\n') break;
    if (character == '"' && fresh) {
      quoteLine = m_line;
    } else if (character == m_separator) {
      cell = &newCell(row, used);
      fresh = true;
      continue;
    } else if (character != '\r' || (m_at + 1 < m_text.size() && m_text[m_at + 1] != '\n')) {
      *cell += character;
    }
    fresh = false;
  }
  if (quoteLine > 0)
    throw Error(ErrorKind::BadFile, at(m_path, quoteLine) +
                                        "found a quote that is never closed, expected its end (\"); " +
                                        "close it, or save the file as TSV, where quotes are data");
  const std::string_view record = std::string_view(m_text).substr(begin, m_at - begin);
  row.cells.resize(used);
  if (record.empty() || record == "\r") row.problem = "line is empty";
  if (firstInvalidUtf8(record)) row.problem = "not UTF-8";
  m_at = std::min(m_at + 1, m_text.size());
}

void TableReader::readObject(TableRow& row) {
  const std::string_view line = takeLine();
  row.cells.resize(m_columns.size());
  for (std::string& cell : row.cells) cell.clear();
  if (line.find_first_not_of(" \t") == std::string_view::npos) {
    row.problem = "line is empty";
    return;
  }
  if (nestsTooDeeply(line)) {
    row.problem = "JSON nested deeper than " + std::to_string(kMostJsonLevels) + " levels";
    return;
  }
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (object.is_discarded() || !object.is_object()) {
    row.problem = "not a JSON object";
    return;
  }
  for (size_t column = 0; column < m_columns.size(); ++column)
    if (const auto member = object.find(m_columns[column]); member != object.end())
      row.cells[column] = cellText(*member);
}

}  // namespace headroom
