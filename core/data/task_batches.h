// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/data/batcher.h"
#include "core/data/dataset.h"
#include "core/data/image_transform.h"

namespace headroom {

// Row-major arrays, one row an example, padded at the end of each row. Where there are targets, the logits at a
// position are judged against the target at the same position; kNoTarget = not judged.

/// Windows of a text stream, [rows, length].
struct CausalBatch {
  int rows = 0;
  int length = 0;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> mask;  ///< 1 = token, 0 = padding
  std::vector<std::int64_t> targets;
  std::int64_t judged = 0;  ///< targets that count
  std::vector<int> examples;
};
[[nodiscard]] CausalBatch makeCausalBatch(const Dataset& data, std::span<const int> examples, int padId);

/// Sentences and their translations: the source [rows, length], the rest [rows, targetLength].
struct TranslationBatch {
  int rows = 0;
  int length = 0;
  int targetLength = 0;
  std::vector<std::int64_t> ids;
  std::vector<std::int64_t> mask;
  std::vector<std::int64_t> decoderIds;  ///< the targets shifted by one, begun with the start token
  std::vector<std::int64_t> targets;
  std::int64_t judged = 0;
  std::vector<int> examples;
};
[[nodiscard]] TranslationBatch makeTranslationBatch(const Dataset& data, std::span<const int> examples, int padId,
                                                    int decoderStartId);

/// Images as the model reads them, [rows, channels, height, width].
struct ImageBatch {
  int rows = 0;
  ImageShape shape;
  std::vector<float> pixels;
  std::vector<std::int64_t> labels;  ///< one a row
  std::vector<int> examples;
};
[[nodiscard]] ImageBatch makeImageBatch(const Dataset& data, std::span<const int> examples,
                                        const ImageTransform& transform);

/// Texts with numbers to be met, or with first and last token of an answer.
struct ValueBatch {
  Batch texts;
  std::vector<float> values;         ///< regressions: one a row
  std::vector<std::int64_t> starts;  ///< answers: one a row, position of the first token
  std::vector<std::int64_t> ends;    ///< answers: of the last
};
[[nodiscard]] ValueBatch makeValueBatch(const Dataset& data, std::span<const int> examples, int padId);

}  // namespace headroom
