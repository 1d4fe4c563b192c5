// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_label.h"

#include <algorithm>
#include <vector>

#include "core/sample/sentiment_words.h"

namespace headroom {

namespace {

struct Clause {
  int aspect = -1;
  int adjective = 0;  ///< +1, -1, 0 while none was read
  int negations = 0;
  int strength = 0;  ///< -1, 0, +1
  bool hearsay = false;
  bool conceded = false;

  [[nodiscard]] bool empty() const { return aspect < 0 && adjective == 0; }
  [[nodiscard]] bool complete() const { return aspect >= 0 && adjective != 0; }
  [[nodiscard]] int sign() const { return negations % 2 == 0 ? adjective : -adjective; }
};

/// Collects clauses word by word.
class ClauseReader {
 public:
  /// False for a word that cannot stand there.
  bool take(std::string_view word, const WordMeaning& meaning) {
    switch (meaning.role) {
      case WordRole::Query: return false;
      case WordRole::Noun: m_open.aspect = meaning.aspect; break;
      case WordRole::Positive: m_open.adjective = 1; break;
      case WordRole::Negative: m_open.adjective = -1; break;
      case WordRole::Negator:
      case WordRole::Deny: ++m_open.negations; break;
      case WordRole::Strong: m_open.strength = 1; break;
      case WordRole::Weak: m_open.strength = -1; break;
      case WordRole::Others: m_open.hearsay = true; break;
      case WordRole::And: return close();
      case WordRole::Punctuation: return word != ":" && close();
      case WordRole::But: return close() && concedeLast();
      case WordRole::Although:
        if (!close()) return false;
        m_open.conceded = true;
        break;
      default: break;
    }
    return true;
  }
  [[nodiscard]] const std::vector<Clause>& clauses() const { return m_clauses; }
  [[nodiscard]] bool closed() const { return m_open.empty() && !m_clauses.empty(); }

 private:
  /// A comma or a conjunction may follow another, so closing nothing is fine; closing half a clause is not.
  bool close() {
    if (m_open.empty()) return true;
    if (!m_open.complete()) return false;
    m_clauses.push_back(m_open);
    m_open = Clause();
    return true;
  }
  bool concedeLast() {
    if (m_clauses.empty()) return false;
    m_clauses.back().conceded = true;
    return true;
  }

  Clause m_open;
  std::vector<Clause> m_clauses;
};

std::vector<std::string_view> splitWords(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// Removes what `drop` names, but never everything; notes `rule` when that removed a clause.
template <typename Predicate>
void narrow(std::vector<Clause>& clauses, Predicate drop, const char* rule, std::string& kind) {
  if (std::all_of(clauses.begin(), clauses.end(), drop)) return;
  if (std::erase_if(clauses, drop) > 0) kind += std::string(kind.empty() ? "" : "+") + rule;
}

std::optional<SentimentReading> decide(std::vector<Clause> clauses, int query) {
  const auto elsewhere = [&](const Clause& clause) {
    return clause.aspect == kNoAspect || (query != kEveryAspect && clause.aspect != query);
  };
  const auto hearsay = [](const Clause& clause) { return clause.hearsay; };
  SentimentReading reading;
  narrow(clauses, elsewhere, "aspect", reading.kind);
  narrow(clauses, hearsay, "hearsay", reading.kind);
  if (elsewhere(clauses.front()) || hearsay(clauses.front())) return std::nullopt;
  narrow(
      clauses, [](const Clause& clause) { return clause.conceded; }, "contrast", reading.kind);
  const int strongest = std::max_element(clauses.begin(), clauses.end(), [](const Clause& a, const Clause& b) {
                          return a.strength < b.strength;
                        })->strength;
  narrow(
      clauses, [&](const Clause& clause) { return clause.strength < strongest; }, "strength", reading.kind);
  const Clause& winner = clauses.front();
  for (const Clause& clause : clauses) {
    if (clause.sign() != winner.sign()) return std::nullopt;
  }
  if (winner.negations > 0) {
    reading.kind +=
        std::string(reading.kind.empty() ? "" : "+") + (winner.negations > 1 ? "double-negation" : "negation");
  }
  if (reading.kind.empty()) reading.kind = "plain";
  reading.label = winner.sign() > 0 ? 1 : 0;
  return reading;
}

}  // namespace

std::optional<SentimentReading> readSentiment(std::string_view text) {
  const std::vector<std::string_view> words = splitWords(text);
  if (words.size() < 3 || words[1] != ":") return std::nullopt;
  const auto query = meaningOf(words[0]);
  if (!query || query->role != WordRole::Query) return std::nullopt;
  ClauseReader reader;
  for (size_t i = 2; i < words.size(); ++i) {
    const auto meaning = meaningOf(words[i]);
    if (!meaning || !reader.take(words[i], *meaning)) return std::nullopt;
  }
  if (!reader.closed()) return std::nullopt;
  return decide(reader.clauses(), query->aspect);
}

}  // namespace headroom
