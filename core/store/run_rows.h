// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Which rows of a run file count: shared by the reader and by the writer's recovery.

#include <cstdint>
#include <string>
#include <vector>

#include "core/store/h5.h"
#include "core/store/run_schema.h"

namespace headroom {

/// Opens a run file for reading after judging it: Error(BadFile) for what is cut short, junk, another program's or
/// newer. `live`: a writer may be lengthening the file at this moment.
[[nodiscard]] H5File openRunForReading(const std::string& path, bool live);

/// Bytes that one data set of this file may take in memory: what its compression can make of the file's size.
[[nodiscard]] std::uint64_t memoryCap(const H5File& file);

[[nodiscard]] RunHeader readHeaderOf(const H5File& file);
[[nodiscard]] std::string readTextOf(const H5File& file, const std::string& path);
/// The last rows that were written of a growing text, the newest first, `atMost` of them.
[[nodiscard]] std::vector<std::string> lastTextsOf(const H5File& file, const std::string& path, std::size_t atMost);
/// The newest of them; empty when there is none.
[[nodiscard]] std::string lastTextOf(const H5File& file, const std::string& path);

/// Steps of the points that were written to the end. Throws Error(BadFile) when they run backwards.
[[nodiscard]] std::vector<std::int64_t> committedSteps(const H5File& file);
/// Rows of the events that were written to the end and happened no later than `lastStep`.
[[nodiscard]] std::uint64_t committedEventRows(const H5File& file, std::int64_t lastStep);

/// The data sets that have one row a point, or one row an event; the step, which vouches for the others, is last.
[[nodiscard]] std::vector<std::string> pointDataSets(const RunHeader& header);
[[nodiscard]] std::vector<std::string> eventDataSets();

}  // namespace headroom
