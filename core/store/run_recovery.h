// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What must not be interrupted is done on a copy beside the run file, which then takes its name: a kill at any moment
// leaves either the old run or the new one. The caller holds the run's lock.

#include <cstdint>
#include <optional>
#include <string>

#include "core/store/run_schema.h"

namespace headroom {

/// Writes an empty run with all its data sets to `part`.
void writeNewRun(const std::string& part, const RunHeader& header);

/// Copies the run to `part`, clears the marks of a killed writer there and drops rows that were not written to the end.
/// With `step`, drops everything after it too, the report and the sweep, and sets the status to "running". Groups that
/// files of earlier programs lack are made there.
void writeRecoveredRun(const std::string& path, const std::string& part, std::optional<std::int64_t> step);

/// Syncs `part` and renames it to `path`. Throws Error(Io); `part` then is gone.
void moveIntoPlace(const std::string& part, const std::string& path);

}  // namespace headroom
