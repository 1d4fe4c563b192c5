// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/job_context.h"
#include "core/base/snapshots.h"
#include "core/data/image_block.h"
#include "core/text/tokenizer.h"

namespace headroom {

/// What the examples of a data set are.
enum class DataKind {
  Classification,  ///< ids, types, label
  Regression,      ///< ids, types, value
  TextStream,      ///< ids and, for each, the token that follows it as target
  MaskedText,      ///< ids of which some are hidden; for each hidden one its own id as target
  ParallelText,    ///< ids of the source, targets = ids of the translation
  Images,          ///< label; the pixels are Dataset::images
  Answers,         ///< ids, types, label = index of the question, targets = first and last token of the answer
};

/// A target that counts for nothing: padding, or a token that another window judges.
constexpr int kNoTarget = -100;

/// One labelled text or image, or pair of texts.
struct Example {
  std::vector<int> ids;    ///< special tokens included, cut to the longest length
  std::vector<int> types;  ///< as many as ids
  int label = 0;
  std::string text;
  std::string second;                ///< empty for single texts
  std::int64_t line = 0;             ///< in the file, from 1
  double value = 0;                  ///< of a regression
  std::vector<int> targets = {};     ///< by the data set's kind
  std::vector<TextSpan> spans = {};  ///< answers: where each token stands in the context; empty spans elsewhere

  [[nodiscard]] int length() const { return static_cast<int>(ids.size()); }
};

/// A question on a text, for whose answer the text is searched.
struct Question {
  std::string id;
  std::string text;
  std::shared_ptr<const std::string> context;
  std::vector<std::string> answers;  ///< all that count as right; none = the text does not answer it
};

struct Dataset {
  DataKind kind = DataKind::Classification;
  std::vector<Example> examples;
  std::vector<std::string> labels;  ///< by class: the model's names, or the file's own where none of them match
  DataFileSummary summary;
  std::shared_ptr<const ImageBlock> images;  ///< by example
  std::vector<Question> questions;
};

struct DatasetRequest {
  std::string path;
  std::vector<std::string> textColumns;  ///< one or two; empty = guess
  std::string labelColumn;               ///< empty = guess
  int maxLength = 128;                   ///< tokens an example
  std::int64_t maxExamples = 0;          ///< a fixed random choice of that many rows, in the file's order; 0 = all
  std::vector<std::string>
      labelNames;           ///< of the model, by class; for a dev file the train file's labels; empty = unknown
  bool mayRename = true;    ///< false for a dev file: its labels must be the train file's
  bool regression = false;  ///< the labels are numbers to be met, as in STS-B
};

/// Reads TSV, CSV or JSON lines. Rows that cannot be used are counted by reason in the summary; throws Error when none
/// can, when a label is none of the model's, or when the file is no such table.
[[nodiscard]] Dataset openDataset(const DatasetRequest& request, const Tokenizer& tokenizer,
                                  const JobContext& context = {});

}  // namespace headroom
