// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/rng.h"

namespace headroom {

/// One clause in words; empty members are left out of the text.
struct ClauseShape {
  std::string_view time;     ///< "yesterday"
  std::string_view speaker;  ///< "i", "critics"
  std::string_view unsaid;   ///< "never" before the verb
  std::string_view verb;     ///< "claimed", "doubted"
  std::string_view determiner;
  std::string_view noun;
  std::string_view copula;
  std::string_view modifier;  ///< "slightly"
  std::string_view negator;   ///< "not"
  std::string_view gap;       ///< "by any means", only behind a negator
  std::string_view adjective;
  std::string_view source;  ///< "critics": adds "according to critics"
};

/// How a clause is tied to the one before it.
struct JoinShape {
  std::string_view word = ".";  ///< ".", "and", "but", "although"
  bool front = false;           ///< "although A , B" in place of "B although A"
};

/// A sentence before it is written down; joins has one entry less than clauses.
struct SentenceShape {
  std::string_view query;
  std::vector<ClauseShape> clauses;
  std::vector<JoinShape> joins;
};

[[nodiscard]] SentenceShape drawSentence(Rng& rng);
/// Applies one random change that may or may not turn the label over: clauses exchange predicates, nouns, adjectives,
/// negations, modifiers or speakers; the query, a conjunction or an adjective is replaced.
void changeSentence(SentenceShape& sentence, Rng& rng);
[[nodiscard]] std::string writeSentence(const SentenceShape& sentence);

}  // namespace headroom
