// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/data/dataset.h"

namespace headroom {

struct QuestionRequest {
  std::string path = {};
  int maxLength = 384;           ///< tokens a window, question and special tokens included
  int overlap = 128;             ///< tokens of the text that neighbouring windows share
  int maxQuestion = 64;          ///< tokens
  std::int64_t maxExamples = 0;  ///< a fixed random choice of that many questions; 0 = all
};

/// Questions in SQuAD's JSON (versions 1.1 and 2.0): Dataset::questions, and as examples the windows over their texts.
/// A window that does not hold the whole first answer has position 0 as target. Answers that are not where the file
/// says are counted as skipped, with their question where it has no other. Throws Error when the file is damaged, has
/// no question, or a window has no room for text.
[[nodiscard]] Dataset openQuestions(const QuestionRequest& request, const Tokenizer& tokenizer,
                                    const JobContext& context = {});

/// The likeliest answer in one window: the highest sum of start and end logit (one a token of the window).
struct AnswerChoice {
  float score = 0;
  std::string text;
};
/// Answers of at most `longest` tokens; nothing for a window without text.
[[nodiscard]] std::optional<AnswerChoice> bestAnswer(const Example& window, const Question& question,
                                                     std::span<const float> starts, std::span<const float> ends,
                                                     int longest = 30);

}  // namespace headroom
