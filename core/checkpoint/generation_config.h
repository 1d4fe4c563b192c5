// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/model_config.h"

namespace headroom {

/// When beam search gives up on a better text: as soon as it has as many as beams; when none is to be expected; when
/// none is possible any more.
enum class EarlyStopping { AtOnce, Expected, Never };

/// How text is continued: Hugging Face's generation settings, as far as greedy and beam search use them. Those that
/// only drawing at random uses (temperature, top_k, ...) are not among them.
struct GenerationConfig {
  int beams = 1;       ///< 1 = greedy
  int maxLength = 20;  ///< tokens of the whole sequence, its beginning included
  int minLength = 0;
  int maxNewTokens = 0;      ///< instead of maxLength, beyond the beginning; 0 = maxLength counts
  int minNewTokens = 0;      ///< instead of minLength, likewise
  double lengthPenalty = 1;  ///< hypotheses are scored by their log probability / length ^ lengthPenalty
  EarlyStopping earlyStopping = EarlyStopping::Expected;
  bool renormalise = false;      ///< what the rules below leave of a token's alternatives has probability 1 again
  double repetitionPenalty = 1;  ///< makes tokens that the text has less likely
  int noRepeatNgram = 0;         ///< no n-gram of so many tokens occurs twice; 0 = allowed
  int startId = -1;              ///< an encoder-decoder's texts begin with it
  int eosId = -1;                ///< ends a text; written after one that ended in another way
  std::vector<int> otherEosIds;  ///< end a text as well
  int padId = 0;
  int forcedBosId = -1;                    ///< the second token; -1 = free
  int forcedEosId = -1;                    ///< the last token of a sequence of maxLength
  std::vector<std::vector<int>> badWords;  ///< token sequences that never occur; an end token alone may
  std::vector<int> suppressed;             ///< tokens that never occur

  /// Whether a text ends with this token.
  [[nodiscard]] bool ends(std::int64_t token) const;
  /// The same settings with new tokens counted into the lengths, for texts that begin with so many tokens.
  [[nodiscard]] GenerationConfig after(int beginning) const;
};

/// FOLDER/generation_config.json where it is there, else the model's config.json. An encoder-decoder's new tokens are
/// counted into its lengths. Throws Error (file, field, found, expected), also for a setting that would change greedy
/// or beam search in a way that this version does not know.
[[nodiscard]] GenerationConfig readGenerationConfig(const std::string& folder, const ModelConfig& model);

}  // namespace headroom
