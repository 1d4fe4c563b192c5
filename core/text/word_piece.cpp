// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_piece.h"

#include <algorithm>
#include <utility>

#include "core/text/unicode.h"

namespace headroom {

namespace {

bool isAscii(std::u32string_view text) {
  return std::all_of(text.begin(), text.end(), [](char32_t character) { return character < 0x80; });
}

std::u32string lowered(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t character : text) appendLower(character, out);
  return out;
}

/// Drops what cannot be seen and puts spaces where words part.
std::u32string cleaned(std::u32string_view text, bool spaceCjk) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t character : text) {
    if (character == 0xFFFD || isControl(character)) continue;
    if (isWhitespace(character)) {
      out += U' ';
    } else if (spaceCjk && isCjkIdeograph(character)) {
      out += {U' ', character, U' '};
    } else {
      out += character;
    }
  }
  return out;
}

/// The word as it is looked up. Composing first matters where accents are kept, and for characters that stand for
/// punctuation.
std::u32string normalised(std::u32string_view word, const WordSplitting& splitting) {
  if (isAscii(word)) return splitting.lowerCase ? lowered(word) : std::u32string(word);
  std::u32string out = composed(word);
  if (splitting.lowerCase) out = lowered(out);
  if (splitting.stripAccents) {
    out = decomposed(out);
    std::erase_if(out, isNonspacingMark);
  }
  return out;
}

void cutAtPunctuation(std::u32string_view word, std::vector<std::u32string>& words) {
  bool startNew = true;
  for (const char32_t character : word) {
    const bool mark = isPunctuation(character);
    if (mark || startNew) words.emplace_back();
    words.back() += character;
    startNew = mark;
  }
}

std::string toUtf8(std::u32string_view text) {
  std::string out;
  for (const char32_t character : text) appendUtf8(character, out);
  return out;
}

}  // namespace

void splitWords(std::u32string_view text, const WordSplitting& splitting, const WholeTokens& whole,
                std::vector<std::u32string>& words) {
  // Lower case comes before cleaning, one character at a time, so that a capital sigma never becomes a final one.
  const std::u32string clean = cleaned(splitting.lowerCase ? lowered(text) : std::u32string(text), splitting.spaceCjk);
  const std::u32string_view rest(clean);
  for (size_t begin = 0; begin < rest.size();) {
    const size_t end = std::min(rest.find(U' ', begin), rest.size());
    const std::u32string_view word = rest.substr(begin, end - begin);
    begin = end + 1;
    if (word.empty()) continue;
    if (whole.contains(toUtf8(word))) {
      words.emplace_back(word);
    } else {
      cutAtPunctuation(normalised(word, splitting), words);
    }
  }
}

WordPiece::WordPiece(Vocabulary vocabulary, WordPieceSettings settings)
    : m_vocabulary(std::move(vocabulary)), m_settings(std::move(settings)) {
  m_unknownId = m_vocabulary.require(m_settings.unknown);
  m_padId = m_vocabulary.require(m_settings.padding);
  const int first = m_vocabulary.require(m_settings.first);
  const int separator = m_vocabulary.require(m_settings.separator);
  m_frame = {.before = {first}, .between = {separator}, .after = {separator}, .secondType = 1};
  for (const auto& token : {m_settings.unknown, m_settings.padding, m_settings.first, m_settings.separator})
    m_settings.wholeTokens.add({.text = token, .id = m_vocabulary.require(token)});

  const std::string& mark = m_settings.continuation;
  for (int id = 0; id < m_vocabulary.size(); ++id) {
    const std::string_view token = m_vocabulary.token(id);
    m_longestPiece = std::max(m_longestPiece, token.size());
    if (token.starts_with(mark)) m_continuations[token.substr(mark.size())] = id;
  }
}

std::vector<int> WordPiece::textIds(std::string_view text) const {
  std::vector<int> ids;
  splitAtWholeTokens(
      m_settings.wholeTokens, text, [&](std::string_view part) { appendPlain(part, ids); },
      [&](int id) { ids.push_back(id); });
  return ids;
}

void WordPiece::appendPlain(std::string_view text, std::vector<int>& ids) const {
  std::vector<std::u32string> words;
  splitWords(decodeUtf8(text), m_settings.splitting, m_settings.wholeTokens, words);
  for (const std::u32string& word : words) appendWord(word, ids);
}

void WordPiece::appendWord(std::u32string_view word, std::vector<int>& ids) const {
  if (word.size() > static_cast<size_t>(m_settings.longestWord)) {
    ids.push_back(m_unknownId);
    return;
  }
  std::string bytes;
  std::vector<size_t> offsets;  // where each character begins, and the end
  for (const char32_t character : word) {
    offsets.push_back(bytes.size());
    appendUtf8(character, bytes);
  }
  offsets.push_back(bytes.size());

  const size_t known = ids.size();
  for (size_t start = 0; start < word.size();) {
    const auto [id, end] = longestPiece(bytes, offsets, start);
    if (end == start) {  // one part that cannot be spelled makes the whole word unknown
      ids.resize(known);
      ids.push_back(m_unknownId);
      return;
    }
    ids.push_back(id);
    start = end;
  }
}

std::string WordPiece::decode(std::span<const int> ids) const {
  std::string text;
  for (const int id : ids) {
    if (m_settings.wholeTokens.isSpecial(checkedId(id))) continue;
    std::string_view piece = m_vocabulary.token(id);
    if (piece.starts_with(m_settings.continuation)) {
      piece.remove_prefix(m_settings.continuation.size());
    } else if (!text.empty()) {
      text += ' ';
    }
    text += piece;
  }
  return text;
}

std::pair<int, size_t> WordPiece::longestPiece(const std::string& bytes, const std::vector<size_t>& offsets,
                                               size_t start) const {
  for (size_t end = offsets.size() - 1; end > start; --end) {
    const std::string_view part(bytes.data() + offsets[start], offsets[end] - offsets[start]);
    if (part.size() > m_longestPiece) continue;
    if (start == 0) {
      if (const std::optional<int> id = m_vocabulary.find(part)) return {*id, end};
    } else if (const auto found = m_continuations.find(part); found != m_continuations.end()) {
      return {found->second, end};
    }
  }
  return {m_unknownId, start};
}

}  // namespace headroom
