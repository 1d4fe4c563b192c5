// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/run_data.h"

#include <filesystem>

namespace headroom::cli {

OpenDataRequest devDataOfRun(const RunHeader& run, const std::string& path, const ColumnOptions& columns,
                             std::optional<std::int64_t> maxExamples) {
  OpenDataRequest data{"", path, columns.texts, columns.label, run.settings.maxLength, 0};
  if (data.textColumns.empty()) data.textColumns = run.textColumns;
  if (data.labelColumn.empty()) data.labelColumn = run.labelColumn;
  if (path.empty() || std::filesystem::absolute(path) == run.devPath) {
    data.devPath = run.devPath;
    data.maxExamples = run.maxDevExamples;
  }
  data.maxExamples = maxExamples.value_or(data.maxExamples);
  return data;
}

}  // namespace headroom::cli
