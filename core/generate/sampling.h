// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/job_context.h"
#include "core/generate/token_rules.h"
#include "core/model/transformer.h"

namespace headroom {

struct SamplingConfig {
  double temperature = 1;          ///< divides the logits; 0 = always the most probable token
  int topK = 0;                    ///< only the k most probable tokens are drawn from; 0 = all
  int maxLength = 0;               ///< tokens a text, its beginning included
  std::vector<std::int64_t> ends;  ///< tokens that end a text; they are not part of it
  std::uint64_t seed = 1;
};

/// `count` texts of a decoder that all begin with `beginning`, tokens drawn at random, many texts side by side. Text i
/// takes its random numbers from (seed, i) alone. Throws Error when the model is no decoder.
[[nodiscard]] std::vector<TokenSequence> sampleTexts(const Transformer& model, const TokenSequence& beginning,
                                                     std::int64_t count, const SamplingConfig& config,
                                                     const JobContext& context = {});

/// One token by its logits, with `uniform` in [0, 1) as the random number.
[[nodiscard]] std::int64_t drawToken(std::span<const float> logits, const SamplingConfig& config, double uniform);

}  // namespace headroom
