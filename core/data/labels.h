// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

/// A label as the file spells it.
struct RawLabel {
  std::string text;
  std::int64_t firstLine = 0;  ///< where it occurs first
};

/// What the labels of a file mean.
struct LabelMapping {
  std::vector<int> classes;        ///< one for every raw label
  std::vector<std::string> names;  ///< by class
};

/// Where the labels come from and what they may be.
struct LabelSource {
  std::string path;
  std::string column;
  std::string unit = "line";            ///< what RawLabel::firstLine counts
  std::vector<std::string> modelNames;  ///< by class; empty = the file decides how many classes there are
  bool mayRename = true;  ///< where no label matches a name, the file's own names, sorted, take the names' place
};

/// Maps the distinct labels of a file to classes: by the model's names (in any case of letters), else as whole numbers
/// from 0, else by the file's own names in sorted order. Throws Error naming file, line, column, found, expected,
/// remedy.
[[nodiscard]] LabelMapping mapLabels(const std::vector<RawLabel>& distinct, const LabelSource& source);

}  // namespace headroom
