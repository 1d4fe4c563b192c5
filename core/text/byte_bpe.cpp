// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_bpe.h"

#include "core/base/error.h"
#include "core/text/byte_alphabet.h"
#include "core/text/gpt2_split.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

std::string mergeName(const std::string& origin, size_t rank) {
  return origin + ": merge " + std::to_string(rank + 1) + ": ";
}

int requirePiece(const Vocabulary& vocabulary, const std::string& piece, const std::string& origin, size_t rank) {
  const std::optional<int> id = vocabulary.find(piece);
  if (!id)
    throw Error(ErrorKind::BadFile, mergeName(origin, rank) + "found token " + shortened(piece) +
                                        ", expected one of the vocabulary's " + std::to_string(vocabulary.size()) +
                                        "; use the vocabulary and the merges of the same model");
  return *id;
}

}  // namespace

ByteBpe::ByteBpe(Vocabulary vocabulary, const MergeList& merges, const std::string& origin, ByteBpeSettings settings)
    : m_vocabulary(std::move(vocabulary)), m_settings(std::move(settings)) {
  m_padId = m_vocabulary.find(m_settings.padding).value_or(0);
  const int unknown = m_settings.unknown ? m_vocabulary.require(*m_settings.unknown) : -1;
  for (unsigned byte = 0; byte < 256; ++byte)
    m_byteIds[byte] = m_vocabulary.find(spelledByte(static_cast<unsigned char>(byte))).value_or(unknown);
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& [left, right] = merges[rank];
    const int first = requirePiece(m_vocabulary, left, origin, rank);
    const int second = requirePiece(m_vocabulary, right, origin, rank);
    m_merges.add(first, second, static_cast<int>(rank), requirePiece(m_vocabulary, left + right, origin, rank));
  }
}

std::vector<int> ByteBpe::textIds(std::string_view text) const {
  std::vector<int> ids;
  splitAtWholeTokens(
      m_settings.wholeTokens, text, [&](std::string_view part) { appendPlain(part, ids); },
      [&](int id) { ids.push_back(id); });
  return ids;
}

void ByteBpe::appendPlain(std::string_view text, std::vector<int>& ids) const {
  std::string withSpace;
  if (m_settings.addPrefixSpace && text[0] != ' ') text = withSpace = " " + std::string(text);
  while (!text.empty()) {
    const size_t end = firstGpt2Part(text);
    appendWord(text.substr(0, end), ids);
    text.remove_prefix(end);
  }
}

void ByteBpe::appendWord(std::string_view word, std::vector<int>& ids) const {
  if (m_settings.wholeWordsFirst) {
    std::string spelled;
    for (const char byte : word) spelled += spelledByte(static_cast<unsigned char>(byte));
    if (const std::optional<int> id = m_vocabulary.find(spelled)) {
      ids.push_back(*id);
      return;
    }
  }
  std::vector<int> pieces;
  pieces.reserve(word.size());
  for (const char byte : word)
    if (const int id = m_byteIds[static_cast<unsigned char>(byte)]; id >= 0) pieces.push_back(id);
  m_merges.apply(pieces);
  ids.insert(ids.end(), pieces.begin(), pieces.end());
}

std::string ByteBpe::decode(std::span<const int> ids) const {
  std::string bytes;
  for (const int id : ids) {
    if (m_settings.wholeTokens.isSpecial(checkedId(id))) continue;
    const std::string& spelled = m_vocabulary.token(id);
    bytes += bytesOfToken(spelled).value_or(spelled);
  }
  return repairedUtf8(bytes);
}

}  // namespace headroom
