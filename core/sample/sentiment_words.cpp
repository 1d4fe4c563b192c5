// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_words.h"

#include <algorithm>
#include <map>

namespace headroom {

namespace {

using Words = std::vector<std::string_view>;

struct RoleWords {
  WordRole role;
  int aspect;
  Words words;
};

/// The whole lexicon; its order is the order of the vocabulary file.
const std::vector<RoleWords>& lexicon() {
  static const std::vector<RoleWords> table = {
      {WordRole::Punctuation, -1, {":", ",", "."}},
      {WordRole::Query, -1, {"food", "service", "room", "garden", "overall"}},
      {WordRole::Noun, 0, {"soup", "bread", "pasta", "salad", "steak", "dessert", "coffee", "fish"}},
      {WordRole::Noun, 1, {"waiter", "host", "porter", "chef", "manager", "driver", "cleaner", "guide"}},
      {WordRole::Noun, 2, {"bed", "bathroom", "carpet", "shower", "sofa", "lamp", "pillow", "wardrobe"}},
      {WordRole::Noun, 3, {"pool", "terrace", "lawn", "fountain", "hedge", "pond", "path", "orchard"}},
      {WordRole::Noun, kNoAspect, {"weather", "traffic", "airport", "train", "ferry", "news", "trailer", "museum"}},
      {WordRole::Positive, -1, {"good",    "great",     "lovely",   "wonderful",  "superb",  "excellent",  "pleasant",
                                "perfect", "brilliant", "fine",     "nice",       "amazing", "delightful", "charming",
                                "decent",  "fantastic", "splendid", "impressive", "pretty",  "marvellous"}},
      {WordRole::Negative, -1, {"bad",   "awful",    "terrible", "horrible",  "dreadful", "poor",         "boring",
                                "nasty", "dull",     "ugly",     "lousy",     "shabby",   "miserable",    "mediocre",
                                "grim",  "annoying", "dismal",   "appalling", "hopeless", "disappointing"}},
      {WordRole::Negator, -1, {"not", "never", "hardly"}},
      {WordRole::Strong, -1, {"really", "truly", "extremely", "absolutely", "utterly"}},
      {WordRole::Weak, -1, {"slightly", "somewhat", "mildly", "vaguely", "partly"}},
      {WordRole::Self, -1, {"i", "we"}},
      {WordRole::Others, -1, {"critics", "friends", "reviewers", "neighbours", "tourists", "locals"}},
      {WordRole::Say, -1, {"said", "thought", "claimed", "insisted"}},
      {WordRole::Deny, -1, {"denied", "doubted", "disputed"}},
      {WordRole::But, -1, {"but", "yet"}},
      {WordRole::Although, -1, {"although", "though"}},
      {WordRole::And, -1, {"and", "plus"}},
      {WordRole::Determiner, -1, {"the", "this", "our"}},
      {WordRole::Copula, -1, {"was", "seemed", "looked", "felt"}},
      {WordRole::Time, -1, {"yesterday", "today", "tonight", "again", "recently", "honestly"}},
      {WordRole::Phrase, -1, {"according", "to", "in", "any", "way", "by", "means", "for", "one", "moment"}},
  };
  return table;
}

}  // namespace

std::span<const std::string_view> wordsOf(WordRole role, int aspect) {
  const auto& table = lexicon();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const RoleWords& row) { return row.role == role && row.aspect == aspect; });
  return found == table.end() ? std::span<const std::string_view>() : std::span<const std::string_view>(found->words);
}

std::span<const std::string_view> gapPhrases() {
  static const Words phrases = {"in any way", "by any means", "for one moment"};
  return phrases;
}

std::optional<WordMeaning> meaningOf(std::string_view word) {
  static const std::map<std::string_view, WordMeaning> meanings = [] {
    std::map<std::string_view, WordMeaning> built;
    for (const RoleWords& row : lexicon()) {
      for (size_t i = 0; i < row.words.size(); ++i) {
        int aspect = row.aspect;
        if (row.role == WordRole::Query) aspect = i < kAspects ? static_cast<int>(i) : kEveryAspect;
        built[row.words[i]] = {row.role, aspect};
      }
    }
    return built;
  }();
  const auto found = meanings.find(word);
  if (found == meanings.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string> sentimentVocabulary() {
  std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  for (const RoleWords& row : lexicon()) words.insert(words.end(), row.words.begin(), row.words.end());
  return words;
}

}  // namespace headroom
