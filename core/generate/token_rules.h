// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/checkpoint/generation_config.h"
#include "core/model/torch_api.h"

namespace headroom {

/// A text as it grows, token by token.
using TokenSequence = std::vector<std::int64_t>;

/// Forbids in `scores` float [rows, vocabulary], logits or log probabilities of the next token, what the settings rule
/// out after `rows`: repeated n-grams, bad words, suppressed tokens, an end before minLength; penalises repeated
/// tokens; and forces the first and last token where they are set. Lengths count from the first token.
void applyTokenRules(const GenerationConfig& config, const std::vector<TokenSequence>& rows, torch::Tensor& scores);

}  // namespace headroom
