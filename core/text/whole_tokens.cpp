// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/whole_tokens.h"

#include <algorithm>
#include <utility>

namespace headroom {

namespace {

bool isSpace(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

}  // namespace

void WholeTokens::add(WholeToken token) {
  if (token.text.empty()) return;
  if (token.special) m_special.insert(token.id);
  const auto [place, isNew] = m_places.try_emplace(token.text, m_tokens.size());
  if (!isNew) {
    m_tokens[place->second] = std::move(token);
    return;
  }
  auto& sameStart = m_byFirstByte[static_cast<unsigned char>(token.text[0])];
  const auto shorter = std::find_if(sameStart.begin(), sameStart.end(),
                                    [&](size_t other) { return m_tokens[other].text.size() < token.text.size(); });
  sameStart.insert(shorter, m_tokens.size());
  m_tokens.push_back(std::move(token));
}

WholeTokens::Match WholeTokens::next(std::string_view text, size_t from) const {
  for (size_t at = from; at < text.size(); ++at) {
    for (const size_t index : m_byFirstByte[static_cast<unsigned char>(text[at])]) {
      const WholeToken& token = m_tokens[index];
      if (text.compare(at, token.text.size(), token.text) != 0) continue;
      Match match{.begin = at, .end = at + token.text.size(), .id = token.id};
      while (token.takesSpaceBefore && match.begin > from && isSpace(text[match.begin - 1])) --match.begin;
      while (token.takesSpaceAfter && match.end < text.size() && isSpace(text[match.end])) ++match.end;
      return match;
    }
  }
  return {.begin = text.size(), .end = text.size(), .id = -1};
}

}  // namespace headroom
