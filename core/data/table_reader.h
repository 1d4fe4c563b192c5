// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

enum class TableFormat {
  Tsv,        ///< no quoting: a quote character is data, as in GLUE
  Csv,        ///< quoting of RFC 4180; separated by commas, or by semicolons or tabs where the first line has no comma
  JsonLines,  ///< one object a line
};

/// "TSV", "CSV", "JSON lines".
[[nodiscard]] std::string tableFormatName(TableFormat format);

/// One record of a table file.
struct TableRow {
  std::int64_t line = 0;           ///< where it begins, from 1
  std::vector<std::string> cells;  ///< JSON lines: by TableReader::columns(), empty where the object has no such member
  std::string problem;             ///< why it cannot be used; empty for a good row
};

/// Reads TSV, CSV and JSON lines from memory, row by row. The format follows the file's ending, else its first line.
class TableReader {
 public:
  /// Throws Error when the file is empty, binary, or in another encoding than UTF-8.
  explicit TableReader(const std::string& path);

  [[nodiscard]] TableFormat format() const { return m_format; }
  [[nodiscard]] const std::string& path() const { return m_path; }
  [[nodiscard]] const std::string& sha256() const { return m_sha256; }
  /// JSON lines: the members of the first objects, in their order. TSV and CSV: the cells of the first record, which
  /// may or may not be names.
  [[nodiscard]] const std::vector<std::string>& columns() const { return m_columns; }
  /// The next record, the first one included; false at the end. Reuses the row's memory. Throws Error for a CSV quote
  /// that is never closed.
  bool next(TableRow& row);

 private:
  void requireText() const;
  void chooseFormat();
  void readColumns();
  [[nodiscard]] std::string_view takeLine();
  void readSeparated(TableRow& row);
  void readQuoted(TableRow& row);
  void readObject(TableRow& row);

  std::string m_path;
  std::string m_text;
  std::string m_sha256;
  TableFormat m_format = TableFormat::Tsv;
  char m_separator = '\t';
  std::vector<std::string> m_columns;
  size_t m_start = 0;  ///< behind a byte order mark
  size_t m_at = 0;
  std::int64_t m_line = 1;
};

}  // namespace headroom
