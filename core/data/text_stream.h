// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/data/dataset.h"

namespace headroom {

struct TextStreamRequest {
  std::string path;
  int maxLength = 128;           ///< tokens a window
  int stride = 0;                ///< tokens from one window's start to the next's; 0 = maxLength: no overlap
  std::int64_t maxExamples = 0;  ///< a fixed random choice of that many windows; 0 = all
};

/// Plain text for language modelling: one stream of tokens, cut into windows. Every token but the first is the target
/// of exactly one position; where windows overlap, the tokens that an earlier window judged are context (kNoTarget).
/// Documents end at "<|endoftext|>", each framed by the tokenizer's special tokens (LLaMA's <s>); where the vocabulary
/// has that very token, it stays in the stream. Throws Error when the file is not UTF-8 or holds fewer than two tokens.
[[nodiscard]] Dataset openTextStream(const TextStreamRequest& request, const Tokenizer& tokenizer,
                                     const JobContext& context = {});

}  // namespace headroom
