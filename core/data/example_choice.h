// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace headroom {

/// The indices of a fixed random choice of `most` out of `total`, ascending: files are often sorted, so that their
/// first rows would not do. All of them where `most` is 0 or not below `total`.
[[nodiscard]] std::vector<size_t> chosenIndices(size_t total, std::int64_t most);

/// Keeps the chosen examples; the others are counted among the skipped.
void sampleExamples(std::vector<Example>& examples, std::int64_t most, std::map<std::string, std::int64_t>& skipped);

/// Counts examples and tokens into the summary.
void summarise(Dataset& data);

}  // namespace headroom
