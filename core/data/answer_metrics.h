// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// An answer as SQuAD compares it: lower case, without punctuation and articles, single spaces.
[[nodiscard]] std::string normalizedAnswer(std::string_view text);

/// How an answer does against the best of those that count as right. Where there are none, no answer is the right one.
struct AnswerScore {
  bool exact = false;
  double f1 = 0;  ///< of the words in common
};
[[nodiscard]] AnswerScore scoreAnswer(std::string_view answer, std::span<const std::string> right);

/// Share of exact matches with Wilson's interval, and mean F1 with its normal interval.
[[nodiscard]] MetricValue exactMatchWithInterval(std::span<const AnswerScore> scores);
[[nodiscard]] MetricValue answerF1WithInterval(std::span<const AnswerScore> scores);

}  // namespace headroom
