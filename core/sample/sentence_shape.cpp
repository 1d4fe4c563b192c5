// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentence_shape.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <utility>

#include "core/sample/sentiment_words.h"

namespace headroom {

namespace {

bool chance(Rng& rng, double probability) { return rng.uniform() < probability; }

std::string_view pick(std::span<const std::string_view> words, Rng& rng) { return words[rng.below(words.size())]; }

std::string_view pick(WordRole role, Rng& rng) { return pick(wordsOf(role), rng); }

std::string_view pickAdjective(Rng& rng) {
  return pick(chance(rng, 0.5) ? WordRole::Positive : WordRole::Negative, rng);
}

std::string_view pickModifier(Rng& rng) { return pick(chance(rng, 0.5) ? WordRole::Strong : WordRole::Weak, rng); }

/// Half the nouns belong to the query's aspect, so that often two clauses count and often one does not.
std::string_view pickNoun(int query, Rng& rng) {
  int aspect = static_cast<int>(rng.below(kAspects));
  if (query < kAspects && chance(rng, 0.5)) aspect = query;
  if (chance(rng, 0.12)) aspect = kNoAspect;
  return pick(wordsOf(WordRole::Noun, aspect), rng);
}

void drawSpeaker(ClauseShape& clause, bool alone, Rng& rng) {
  const double draw = rng.uniform();
  const bool others = !alone && draw < 0.2;
  if (others && chance(rng, 0.3)) {
    clause.source = pick(WordRole::Others, rng);
    return;
  }
  if (draw > 0.34) return;
  clause.speaker = pick(others ? WordRole::Others : WordRole::Self, rng);
  clause.verb = pick(chance(rng, 0.35) ? WordRole::Deny : WordRole::Say, rng);
  if (chance(rng, 0.15)) clause.unsaid = "never";
}

ClauseShape drawClause(int query, bool alone, Rng& rng) {
  ClauseShape clause;
  drawSpeaker(clause, alone, rng);
  if (clause.speaker.empty() && chance(rng, 0.06)) clause.time = pick(WordRole::Time, rng);
  clause.determiner = pick(WordRole::Determiner, rng);
  clause.noun = pickNoun(query, rng);
  clause.copula = pick(WordRole::Copula, rng);
  if (chance(rng, alone ? 0.2 : 0.35)) clause.modifier = pickModifier(rng);
  if (chance(rng, 0.25)) {
    clause.negator = pick(WordRole::Negator, rng);
    if (chance(rng, 0.08)) clause.gap = pick(gapPhrases(), rng);
  }
  clause.adjective = pickAdjective(rng);
  return clause;
}

JoinShape drawJoin(Rng& rng) {
  const double draw = rng.uniform();
  if (draw < 0.35) return {pick(WordRole::And, rng), false};
  if (draw < 0.7) return {pick(WordRole::But, rng), false};
  return {pick(WordRole::Although, rng), chance(rng, 0.6)};
}

void append(std::string& text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (!word.empty()) text.append(text.empty() ? "" : " ").append(word);
  }
}

void appendClause(std::string& text, const ClauseShape& clause) {
  append(text, {clause.time, clause.speaker, clause.unsaid, clause.verb, clause.determiner, clause.noun, clause.copula,
                clause.modifier, clause.negator, clause.gap, clause.adjective});
  if (!clause.source.empty()) append(text, {"according to", clause.source});
}

void swapPredicates(ClauseShape& a, ClauseShape& b) {
  std::swap(a.copula, b.copula);
  std::swap(a.modifier, b.modifier);
  std::swap(a.negator, b.negator);
  std::swap(a.gap, b.gap);
  std::swap(a.adjective, b.adjective);
}

void swapSpeakers(ClauseShape& a, ClauseShape& b) {
  std::swap(a.time, b.time);
  std::swap(a.speaker, b.speaker);
  std::swap(a.unsaid, b.unsaid);
  std::swap(a.verb, b.verb);
  std::swap(a.source, b.source);
}

void swapNegations(ClauseShape& a, ClauseShape& b) {
  std::swap(a.negator, b.negator);
  std::swap(a.gap, b.gap);
}

void swapNouns(ClauseShape& a, ClauseShape& b) {
  std::swap(a.determiner, b.determiner);
  std::swap(a.noun, b.noun);
}

void replaceOne(ClauseShape& clause, Rng& rng) {
  if (chance(rng, 0.7)) {
    const auto meaning = meaningOf(clause.adjective);
    const bool positive = meaning && meaning->role == WordRole::Positive;
    clause.adjective = pick(positive ? WordRole::Negative : WordRole::Positive, rng);
  } else if (clause.negator.empty()) {
    clause.negator = pick(WordRole::Negator, rng);
  } else {
    clause.negator = clause.gap = std::string_view();
  }
}

void rejoin(SentenceShape& sentence, Rng& rng) {
  for (JoinShape& join : sentence.joins) {
    if (join.word != ".") join = drawJoin(rng);
  }
}

}  // namespace

SentenceShape drawSentence(Rng& rng) {
  SentenceShape sentence;
  const int query = static_cast<int>(rng.below(kAspects + 1));
  sentence.query = wordsOf(WordRole::Query)[static_cast<size_t>(query)];
  const double draw = rng.uniform();
  const int clauses = draw < 0.48 ? 1 : draw < 0.98 ? 2 : 3;
  for (int i = 0; i < clauses; ++i) sentence.clauses.push_back(drawClause(query, clauses == 1, rng));
  if (clauses == 2) sentence.joins = {chance(rng, 0.15) ? JoinShape() : drawJoin(rng)};
  if (clauses == 3) {
    sentence.joins = {drawJoin(rng), JoinShape()};
    if (chance(rng, 0.5)) std::swap(sentence.joins[0], sentence.joins[1]);
  }
  return sentence;
}

void changeSentence(SentenceShape& sentence, Rng& rng) {
  std::vector<ClauseShape>& clauses = sentence.clauses;
  if (clauses.size() == 1) return replaceOne(clauses[0], rng);
  const size_t first = rng.below(clauses.size());
  ClauseShape& a = clauses[first];
  ClauseShape& b = clauses[(first + 1 + rng.below(clauses.size() - 1)) % clauses.size()];
  switch (rng.below(20)) {
    case 0: return swapPredicates(a, b);
    case 1: return std::swap(a.adjective, b.adjective);
    case 2: return swapNegations(a, b);
    case 3: return std::swap(a.modifier, b.modifier);
    case 4: return swapSpeakers(a, b);
    case 5: return swapNouns(a, b);
    case 6: return rejoin(sentence, rng);
    case 7: sentence.query = pick(WordRole::Query, rng); return;
    default: return replaceOne(a, rng);
  }
}

std::string writeSentence(const SentenceShape& sentence) {
  std::string text;
  append(text, {sentence.query, ":"});
  for (size_t i = 0; i < sentence.clauses.size(); ++i) {
    // "although A , B" puts its conjunction before the pair, so the one of the next join is looked at here as well.
    if (i < sentence.joins.size() && sentence.joins[i].front) append(text, {sentence.joins[i].word});
    if (i > 0) append(text, {sentence.joins[i - 1].front ? std::string_view(",") : sentence.joins[i - 1].word});
    appendClause(text, sentence.clauses[i]);
  }
  append(text, {"."});
  return text;
}

}  // namespace headroom
