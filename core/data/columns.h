// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/data/table_reader.h"

namespace headroom {

/// Which columns of a table hold the texts and the label.
struct ColumnChoice {
  std::vector<std::string> names;  ///< of all columns; "column 1", ... where the file names none
  bool header = true;              ///< the first record names the columns (always so for JSON lines)
  std::vector<int> texts;          ///< one or two
  int label = -1;
};

/// Takes the requested columns, or those whose names are known from GLUE and like data sets. `textColumns` may be empty
/// and `labelColumn` too: then they are guessed. Files without a header: CoLA's four columns, and two columns of which
/// one holds whole numbers. Throws Error that lists the columns when a name is missing or nothing can be guessed.
[[nodiscard]] ColumnChoice chooseColumns(const TableReader& reader, const std::vector<std::string>& textColumns,
                                         const std::string& labelColumn);

}  // namespace headroom
