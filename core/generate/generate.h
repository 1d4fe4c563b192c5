// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_context.h"
#include "core/generate/token_rules.h"
#include "core/model/transformer.h"

namespace headroom {

/// Continues every row of `input` by greedy or beam search, as Hugging Face's generate() does: an encoder-decoder
/// begins with startId, a decoder with the row's own tokens. Rows end with eosId, or at the longest length. Throws
/// Error when a decoder's rows have padding: prompts of unequal length are continued one by one.
[[nodiscard]] std::vector<TokenSequence> generate(const Transformer& model, const ModelInput& input,
                                                  const GenerationConfig& config, const JobContext& context = {});

/// int64 [rows, longest], filled up with padId.
[[nodiscard]] torch::Tensor padded(const std::vector<TokenSequence>& rows, int padId);

}  // namespace headroom
