// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace headroom {

/// What a sentence of the sample's grammar says about the thing that its first word names.
struct SentimentReading {
  int label = 0;     ///< 0 negative, 1 positive
  std::string kind;  ///< the rules that mattered, joined by '+': aspect, hearsay, contrast and strength where one ruled
                     ///< out a clause, negation or double-negation of the deciding clause; "plain" when there were none
};

/// Reads a sentence by the four rules of the sample. Of its clauses
///  1. those count that are the writer's own and about the aspect named first ("overall" names every aspect);
///  2. of these, a clause conceded to another ("... but", "although ...") does not count beside one that is not;
///  3. of these, the strongest wins ("extremely" over no word over "slightly");
///  4. its adjective decides, turned over by every negation in the clause ("not", "never", "doubted").
/// Nothing when no clause counts, equally strong ones disagree, or the text is not of the grammar.
[[nodiscard]] std::optional<SentimentReading> readSentiment(std::string_view text);

}  // namespace headroom
