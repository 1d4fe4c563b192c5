// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/toy_language.h"

#include <algorithm>
#include <array>
#include <set>

#include "core/base/rng.h"

namespace headroom {

namespace {

/// Class of a noun: its article, adjectives and verb end accordingly.
constexpr std::array<const char*, 3> kSingularEndings{"o", "a", "u"}, kPluralEndings{"oi", "ai", "ui"};

struct Noun {
  const char *singular, *plural;
  const char* stem;  ///< in the other language
  int kind;
};
constexpr std::array<Noun, 18> kNouns{{{"cat", "cats", "mir", 0},
                                       {"dog", "dogs", "bark", 0},
                                       {"bird", "birds", "fil", 1},
                                       {"fish", "fishes", "nad", 2},
                                       {"child", "children", "pim", 1},
                                       {"king", "kings", "rog", 0},
                                       {"queen", "queens", "reg", 1},
                                       {"tree", "trees", "dend", 2},
                                       {"stone", "stones", "lap", 2},
                                       {"river", "rivers", "vad", 1},
                                       {"house", "houses", "dom", 2},
                                       {"road", "roads", "vez", 1},
                                       {"star", "stars", "lum", 0},
                                       {"boat", "boats", "nav", 2},
                                       {"horse", "horses", "kab", 0},
                                       {"teacher", "teachers", "dok", 1},
                                       {"farmer", "farmers", "agr", 0},
                                       {"cloud", "clouds", "nub", 2}}};

struct Plain {
  const char *source, *target;
};
constexpr std::array<Plain, 10> kAdjectives{{{"red", "ruv"},
                                             {"small", "pet"},
                                             {"old", "sen"},
                                             {"quiet", "zil"},
                                             {"bright", "klar"},
                                             {"tall", "alt"},
                                             {"cold", "frig"},
                                             {"young", "jun"},
                                             {"heavy", "grav"},
                                             {"wise", "sof"}}};

struct Verb {
  const char *singular, *plural, *base;
  const char* stem;
};
constexpr std::array<Verb, 8> kVerbs{{{"sees", "see", "see", "vid"},
                                      {"finds", "find", "find", "trov"},
                                      {"likes", "like", "like", "amik"},
                                      {"follows", "follow", "follow", "sek"},
                                      {"knows", "know", "know", "kon"},
                                      {"paints", "paint", "paint", "ping"},
                                      {"carries", "carry", "carry", "port"},
                                      {"fears", "fear", "fear", "tim"}}};

constexpr std::array<Plain, 3> kArticles{{{"the", "el"}, {"a", "un"}, {"this", "kest"}}};
constexpr Plain kNot{"not", "ne"};

struct NounPhrase {
  int noun = 0, article = 0;
  bool plural = false;
  std::vector<int> adjectives;
};

template <typename Table>
const auto& at(const Table& table, int i) {
  return table[static_cast<size_t>(i)];
}

template <typename Table>
int any(const Table& table, Rng& rng) {
  return static_cast<int>(rng.below(table.size()));
}

std::string ending(const NounPhrase& phrase) {
  return at(phrase.plural ? kPluralEndings : kSingularEndings, at(kNouns, phrase.noun).kind);
}

NounPhrase randomPhrase(Rng& rng) {
  NounPhrase phrase{any(kNouns, rng), any(kArticles, rng), rng.below(2) == 1, {}};
  if (phrase.plural) phrase.article = 0;  // neither "a" nor "this" goes with several
  for (std::uint64_t i = rng.below(3); i > 0; --i) phrase.adjectives.push_back(any(kAdjectives, rng));
  return phrase;
}

std::string source(const NounPhrase& phrase) {
  std::string text = at(kArticles, phrase.article).source;
  for (const int adjective : phrase.adjectives) text += std::string(" ") + at(kAdjectives, adjective).source;
  const Noun& noun = at(kNouns, phrase.noun);
  return text + " " + (phrase.plural ? noun.plural : noun.singular);
}

std::string target(const NounPhrase& phrase) {
  std::string text = at(kArticles, phrase.article).target + ending(phrase) + " " + at(kNouns, phrase.noun).stem +
                     (phrase.plural ? "is" : "");
  for (auto adjective = phrase.adjectives.rbegin(); adjective != phrase.adjectives.rend(); ++adjective)
    text += " " + std::string(at(kAdjectives, *adjective).target) + ending(phrase);
  return text;
}

ToyPair randomPair(Rng& rng) {
  const NounPhrase subject = randomPhrase(rng), object = randomPhrase(rng);
  const Verb& verb = at(kVerbs, any(kVerbs, rng));
  const bool negated = rng.below(3) == 0;
  const std::string does = subject.plural ? "do" : "does";
  const std::string middle =
      negated ? does + " " + kNot.source + " " + verb.base : std::string(subject.plural ? verb.plural : verb.singular);
  const std::string verbForm = (negated ? std::string(kNot.target) + " " : std::string()) + verb.stem + ending(subject);
  const std::string nouns =
      object.plural ? target(object) + " " + target(subject) : target(subject) + " " + target(object);
  return {source(subject) + " " + middle + " " + source(object), nouns + " " + verbForm};
}

}  // namespace

std::vector<ToyPair> toyPairs(int count, std::uint64_t seed) {
  Rng rng(seed, 0x746f79);
  std::set<std::string> seen;
  std::vector<ToyPair> pairs;
  while (static_cast<int>(pairs.size()) < count) {
    ToyPair pair = randomPair(rng);
    if (seen.insert(pair.source).second) pairs.push_back(std::move(pair));
  }
  return pairs;
}

const std::vector<std::string>& toyVocabulary() {
  static const std::vector<std::string> words = [] {
    std::set<std::string> all{"do", "does", kNot.source, kNot.target};
    const auto withEndings = [&all](const std::string& stem) {
      for (const auto* endings : {&kSingularEndings, &kPluralEndings})
        for (const char* end : *endings) all.insert(stem + end);
    };
    for (const Noun& noun : kNouns) all.insert({noun.singular, noun.plural, noun.stem, std::string(noun.stem) + "is"});
    for (const Plain& adjective : kAdjectives) {
      all.insert(adjective.source);
      withEndings(adjective.target);
    }
    for (const Plain& article : kArticles) {
      all.insert(article.source);
      withEndings(article.target);
    }
    for (const Verb& verb : kVerbs) {
      all.insert({verb.singular, verb.plural, verb.base});
      withEndings(verb.stem);
    }
    std::vector<std::string> made{"<pad>", "</s>", "<unk>"};
    made.insert(made.end(), all.begin(), all.end());
    return made;
  }();
  return words;
}

}  // namespace headroom
