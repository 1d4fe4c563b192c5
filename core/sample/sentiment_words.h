// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// What a word of the sample's grammar does in a sentence.
enum class WordRole {
  Query,        ///< "food", or "overall" for every aspect: the first word names what the label is about
  Noun,         ///< belongs to an aspect, or to none ("traffic")
  Positive,     ///< adjective
  Negative,     ///< adjective
  Negator,      ///< "not": turns its clause over
  Strong,       ///< "extremely"
  Weak,         ///< "slightly"
  Self,         ///< "i": the clause is the writer's own opinion
  Others,       ///< "critics": the clause is hearsay
  Say,          ///< "claimed"
  Deny,         ///< "doubted": turns its clause over
  But,          ///< the clause before it is conceded
  Although,     ///< the clause after it is conceded
  And,          ///< neither clause is conceded
  Determiner,   ///< "the"
  Copula,       ///< "was"
  Time,         ///< "yesterday": no meaning for the label
  Phrase,       ///< words of a fixed phrase, no meaning for the label
  Punctuation,  ///< ":" "," "."
};

/// Aspects are numbered 0 to 3; a noun of no aspect has kNoAspect, the query "overall" kEveryAspect.
inline constexpr int kAspects = 4;
inline constexpr int kNoAspect = 4;
inline constexpr int kEveryAspect = 5;

struct WordMeaning {
  WordRole role = WordRole::Phrase;
  int aspect = -1;  ///< of queries and nouns
};

/// The words of one role; for nouns those of one aspect (kNoAspect included), for queries all five in aspect order.
[[nodiscard]] std::span<const std::string_view> wordsOf(WordRole role, int aspect = -1);
/// Phrases that may stand between a negation and its adjective ("by any means").
[[nodiscard]] std::span<const std::string_view> gapPhrases();
/// Nothing for a word outside the grammar.
[[nodiscard]] std::optional<WordMeaning> meaningOf(std::string_view word);
/// [PAD] [UNK] [CLS] [SEP] [MASK], then every word of the grammar, each once and a whole WordPiece token.
[[nodiscard]] std::vector<std::string> sentimentVocabulary();

}  // namespace headroom
