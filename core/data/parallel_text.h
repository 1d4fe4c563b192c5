// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/dataset.h"

namespace headroom {

struct ParallelTextRequest {
  std::string sourcePath;
  std::string targetPath = {};            ///< line by line the translation; empty = sourcePath is a table with both
  std::vector<std::string> columns = {};  ///< source and target of a table; empty = its first two
  int maxLength = 128;                    ///< tokens of the source
  int maxTargetLength = 128;              ///< tokens of the target, its end included
  std::int64_t maxExamples = 0;           ///< a fixed random choice of that many pairs, in the file's order; 0 = all
};

/// Sentences and their translations: two files aligned by lines, or a table (TSV, CSV, JSON lines) with two columns.
/// Pairs of which a side is empty are counted as skipped. Throws Error when the files have different numbers of lines.
[[nodiscard]] Dataset openParallelText(const ParallelTextRequest& request, const Tokenizer& tokenizer,
                                       const JobContext& context = {});

}  // namespace headroom
