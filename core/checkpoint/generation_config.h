// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/model_config.h"

namespace headroom {

/// How text is continued: Hugging Face's generation settings, as far as greedy and beam search use them.
struct GenerationConfig {
  int beams = 1;       ///< 1 = greedy
  int maxLength = 20;  ///< tokens of the whole sequence, its beginning included
  int minLength = 0;
  double lengthPenalty = 1;  ///< hypotheses are scored by their log probability / length ^ lengthPenalty
  bool earlyStopping = false;
  int noRepeatNgram = 0;         ///< no n-gram of so many tokens occurs twice; 0 = allowed
  int startId = -1;              ///< an encoder-decoder's texts begin with it
  int eosId = -1;                ///< ends a text; written after one that ended in another way
  std::vector<int> otherEosIds;  ///< end a text as well
  int padId = 0;
  int forcedBosId = -1;                    ///< the second token; -1 = free
  int forcedEosId = -1;                    ///< the last token of a sequence of maxLength
  std::vector<std::vector<int>> badWords;  ///< token sequences that never occur

  /// Whether a text ends with this token.
  [[nodiscard]] bool ends(std::int64_t token) const;
};

/// FOLDER/generation_config.json where it is there, else the model's config.json. Throws Error (file, field, found,
/// expected).
[[nodiscard]] GenerationConfig readGenerationConfig(const std::string& folder, const ModelConfig& model);

}  // namespace headroom
