// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>

#include "app/cli/command_line.h"
#include "core/store/run_file.h"

namespace headroom::cli {

/// The run's own dev set, columns and limit, where the user names no others (`path` empty, no columns).
[[nodiscard]] OpenDataRequest devDataOfRun(const RunHeader& run, const std::string& path, const ColumnOptions& columns,
                                           std::optional<std::int64_t> maxExamples);

}  // namespace headroom::cli
