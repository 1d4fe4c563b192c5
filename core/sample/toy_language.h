// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

/// A sentence and its translation, words apart by blanks.
struct ToyPair {
  std::string source, target;
};

/// Sentences of a small language that reads like English and their translations into a made-up one, from the seed
/// alone; no source comes twice. The translation puts the verb last, the object first where it is plural, adjectives
/// behind their nouns in reverse order; articles and adjectives agree with their noun in class (three) and number, the
/// verb with its subject in class and number, "not" becomes a word in front of the verb.
[[nodiscard]] std::vector<ToyPair> toyPairs(int count, std::uint64_t seed);

/// Every word of both languages, special tokens "<pad>", "</s>" and "<unk>" first.
[[nodiscard]] const std::vector<std::string>& toyVocabulary();

}  // namespace headroom
