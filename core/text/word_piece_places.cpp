// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode.h"
#include "core/text/word_piece.h"

namespace headroom {

namespace {

std::vector<std::u32string> wordsIn(std::string_view text, const WordPieceSettings& settings) {
  std::vector<std::u32string> words;
  splitWords(decodeUtf8(text), settings.splitting, settings.wholeTokens, words);
  return words;
}

size_t totalLength(const std::vector<std::u32string>& words) {
  size_t length = 0;
  for (const std::u32string& word : words) length += word.size();
  return length;
}

/// For each character of the run's words, the raw character that it came from. Empty where characters were joined, so
/// that the run as a whole has fewer than its characters one by one.
std::vector<TextSpan> originsOf(std::string_view run, size_t begin, size_t length, const WordPieceSettings& settings) {
  std::vector<TextSpan> origins;
  for (size_t at = 0; at < run.size();) {
    const size_t bytes = firstCharacterBytes(run.substr(at));
    const size_t made = totalLength(wordsIn(run.substr(at, bytes), settings));
    origins.insert(origins.end(), made, {.begin = begin + at, .end = begin + at + bytes});
    at += bytes;
  }
  if (origins.size() != length) origins.clear();
  return origins;
}

}  // namespace

size_t WordPiece::pieceLength(int id, std::u32string_view word, bool first) const {
  if (id == m_unknownId) return word.size();
  std::string_view piece = m_vocabulary.token(id);
  if (!first) piece.remove_prefix(m_settings.continuation.size());
  return decodeUtf8(piece).size();
}

void WordPiece::locateRun(std::string_view run, size_t begin, LocatedIds& out) const {
  const std::vector<std::u32string> words = wordsIn(run, m_settings);
  const std::vector<TextSpan> origins = originsOf(run, begin, totalLength(words), m_settings);
  size_t at = 0;  // in origins
  for (const std::u32string& word : words) {
    const size_t known = out.ids.size();
    appendWord(word, out.ids);
    for (size_t i = known; i < out.ids.size(); ++i) {
      const size_t length = pieceLength(out.ids[i], word, i == known);
      out.spans.push_back(origins.empty() ? TextSpan{.begin = begin, .end = begin + run.size()}
                                          : TextSpan{.begin = origins[at].begin, .end = origins[at + length - 1].end});
      at += length;
    }
  }
}

LocatedIds WordPiece::locate(std::string_view text) const {
  LocatedIds out;
  const auto placeOf = [&text](std::string_view part) { return static_cast<size_t>(part.data() - text.data()); };
  const auto plain = [&](std::string_view part) {
    for (size_t begin = 0; begin < part.size();) {
      size_t end = begin;
      const auto spaceAt = [&](size_t at) {
        return isWhitespace(decodeUtf8(part.substr(at, firstCharacterBytes(part.substr(at))))[0]);
      };
      while (end < part.size() && !spaceAt(end)) end += firstCharacterBytes(part.substr(end));
      if (end > begin) locateRun(part.substr(begin, end - begin), placeOf(part) + begin, out);
      begin = end < part.size() ? end + firstCharacterBytes(part.substr(end)) : end;
    }
  };
  for (size_t at = 0; at < text.size();) {
    const WholeTokens::Match match = m_settings.wholeTokens.next(text, at);
    plain(text.substr(at, match.begin - at));
    if (match.id >= 0) {
      out.ids.push_back(match.id);
      out.spans.push_back({.begin = match.begin, .end = match.end});
    }
    at = match.end;
  }
  return out;
}

}  // namespace headroom
