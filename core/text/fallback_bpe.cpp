// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/fallback_bpe.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/text/unicode.h"

namespace headroom {

namespace {

/// The byte of "<0x0A>"; -1 for other tokens.
int byteOf(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  int byte = -1;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  return error == std::errc() && end == token.data() + 5 ? byte : -1;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t found = std::min(text.find(from, at), text.size());
    out += text.substr(at, found - at);
    if (found < text.size()) out += to;
    at = found + from.size();
  }
  return out;
}

}  // namespace

FallbackBpe::FallbackBpe(Vocabulary vocabulary, PairMerges merges, FallbackBpeSettings settings)
    : m_vocabulary(std::move(vocabulary)), m_merges(std::move(merges)), m_settings(std::move(settings)) {
  m_byteIds.fill(-1);
  for (int id = 0; id < m_vocabulary.size() && m_settings.byteFallback; ++id)
    if (const int byte = byteOf(m_vocabulary.token(id)); byte >= 0) m_byteIds[static_cast<size_t>(byte)] = id;
}

std::vector<int> FallbackBpe::textIds(std::string_view text) const {
  std::vector<int> ids;
  splitAtWholeTokens(
      m_settings.wholeTokens, text, [&](std::string_view part) { appendPlain(part, part.data() == text.data(), ids); },
      [&](int id) { ids.push_back(id); });
  return ids;
}

void FallbackBpe::appendPlain(std::string_view part, bool begins, std::vector<int>& ids) const {
  const std::string& space = m_settings.space;
  std::string spelled = replaced(part, " ", space);
  const bool prefixed = m_settings.prefix == SpacePrefix::Always || (m_settings.prefix == SpacePrefix::First && begins);
  if (prefixed && !(m_settings.ownSpaceIsPrefix && spelled.starts_with(space))) spelled.insert(0, space);
  for (size_t begin = 0; begin < spelled.size();) {
    const size_t next = m_settings.cutsAtSpaces ? spelled.find(space, begin + 1) : spelled.size();
    const size_t end = std::min(next, spelled.size());
    appendWord(std::string_view(spelled).substr(begin, end - begin), ids);
    begin = end;
  }
}

void FallbackBpe::appendWord(std::string_view spelled, std::vector<int>& ids) const {
  std::vector<int> pieces;
  for (std::string_view rest = spelled; !rest.empty();) {
    const size_t bytes = firstCharacterBytes(rest);
    appendCharacter(rest.substr(0, bytes), pieces);
    rest.remove_prefix(bytes);
  }
  m_merges.apply(pieces);
  ids.insert(ids.end(), pieces.begin(), pieces.end());
}

void FallbackBpe::appendCharacter(std::string_view character, std::vector<int>& ids) const {
  if (const std::optional<int> id = m_vocabulary.find(character)) {
    ids.push_back(*id);
    return;
  }
  const size_t before = ids.size();
  for (const char byte : character) {
    const int id = m_byteIds[static_cast<unsigned char>(byte)];
    if (id >= 0) ids.push_back(id);
  }
  if (ids.size() - before == character.size()) return;
  ids.resize(before);  // a character is spelled by all of its bytes or by none
  const bool repeats = m_settings.fuseUnknown && !ids.empty() && ids.back() == m_settings.unknownId;
  if (m_settings.unknownId >= 0 && !repeats) ids.push_back(m_settings.unknownId);
}

std::string FallbackBpe::decode(std::span<const int> ids) const {
  std::string text;
  for (const int id : ids) {
    if (m_settings.wholeTokens.isSpecial(checkedId(id))) continue;
    const std::string& token = m_vocabulary.token(id);
    const int byte = m_settings.byteFallback ? byteOf(token) : -1;
    if (byte >= 0) {
      text += static_cast<char>(byte);
    } else {
      text += replaced(token, m_settings.space, " ");
    }
  }
  if (m_settings.prefix != SpacePrefix::Never && text.starts_with(' ')) text.erase(0, 1);
  return repairedUtf8(text);
}

}  // namespace headroom
