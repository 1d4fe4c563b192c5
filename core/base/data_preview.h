// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/example_prediction.h"
#include "core/base/snapshots.h"

namespace headroom {

/// One example as a person reads it.
struct PreviewRow {
  std::string text;
  std::string second;  ///< the pair's other text, or the translation
  std::string label;   ///< class or number
  std::optional<ExampleImage> image;
};

/// What a data file holds for the open model, before it is opened.
struct DataPreview {
  DataFileSummary file;
  std::vector<std::string> columns;  ///< of a table; empty for other files
  std::vector<std::string> labels;   ///< of classes; counted in file.labelCounts
  std::vector<PreviewRow> rows;      ///< the first ones
};

}  // namespace headroom
