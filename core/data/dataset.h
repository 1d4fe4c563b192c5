// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/text/tokenizer.h"

namespace headroom {

/// One labelled text, or pair of texts.
struct Example {
  std::vector<int> ids;    ///< special tokens included, cut to the longest length
  std::vector<int> types;  ///< as many as ids
  int label = 0;
  std::string text;
  std::string second;     ///< empty for single texts
  std::int64_t line = 0;  ///< in the file, from 1

  [[nodiscard]] int length() const { return static_cast<int>(ids.size()); }
};

struct Dataset {
  std::vector<Example> examples;
  std::vector<std::string> labels;  ///< by class: the model's names, or the file's own where none of them match
  DataFileSummary summary;
};

struct DatasetRequest {
  std::string path;
  std::vector<std::string> textColumns;  ///< one or two; empty = guess
  std::string labelColumn;               ///< empty = guess
  int maxLength = 128;                   ///< tokens an example
  std::int64_t maxExamples = 0;          ///< a fixed random choice of that many rows, in the file's order; 0 = all
  std::vector<std::string>
      labelNames;         ///< of the model, by class; for a dev file the train file's labels; empty = unknown
  bool mayRename = true;  ///< false for a dev file: its labels must be the train file's
};

/// Reads TSV, CSV or JSON lines. Rows that cannot be used are counted by reason in the summary; throws Error when none
/// can, when a label is none of the model's, or when the file is no such table.
[[nodiscard]] Dataset openDataset(const DatasetRequest& request, const Tokenizer& tokenizer,
                                  const JobContext& context = {});

}  // namespace headroom
