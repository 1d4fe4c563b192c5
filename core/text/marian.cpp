// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/marian.h"

#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/text/added_tokens.h"
#include "core/text/json_fields.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr const char* kEnd = "</s>";
constexpr const char* kUnknown = "<unk>";
constexpr const char* kPadding = "<pad>";

/// The pieces of each model are in the common vocabulary, a few rare ones aside.
void requireKnownPieces(const SentencePieceModel& model, const Vocabulary& vocabulary) {
  int known = 0;
  for (int id = 0; id < model.size(); ++id) known += vocabulary.find(model.piece(id)) ? 1 : 0;
  if (2 * known >= model.size()) return;
  throw Error(ErrorKind::BadFile, model.origin() + ": found " + std::to_string(model.size()) + " pieces, only " +
                                      std::to_string(known) +
                                      " of them in vocab.json, expected at least half; use the files of one model");
}

/// Bytes of a leading ">>xx<<"; 0 for none.
size_t languageCode(std::string_view text) {
  if (!text.starts_with(">>")) return 0;
  const size_t end = text.find("<<", 2);
  return end == std::string_view::npos ? 0 : end + 2;
}

}  // namespace

Marian::Marian(std::unique_ptr<const SentencePieceModel> source, std::unique_ptr<const SentencePieceModel> target,
               Vocabulary vocabulary, WholeTokens added)
    : m_source(std::move(source)),
      m_target(std::move(target)),
      m_vocabulary(std::move(vocabulary)),
      m_special(std::move(added)) {
  const int end = m_vocabulary.require(kEnd);
  m_unknownId = m_vocabulary.require(kUnknown);
  m_padId = m_vocabulary.require(kPadding);
  m_frame = {.before = {}, .between = {}, .after = {end}};
  for (const auto& [text, id] : {std::pair(kEnd, end), {kUnknown, m_unknownId}, {kPadding, m_padId}})
    if (!m_special.contains(text)) m_special.add({.text = text, .id = id});
}

void Marian::appendPieces(const SentencePieceModel& model, std::string_view text, std::vector<int>& ids) const {
  splitAtWholeTokens(
      m_special, text,
      [&](std::string_view part) {
        for (const std::string& piece : model.encodePieces(part))
          ids.push_back(m_vocabulary.find(piece).value_or(m_unknownId));
      },
      [&](int id) { ids.push_back(id); });
}

std::vector<int> Marian::textIds(std::string_view text) const {
  std::vector<int> ids;
  if (const size_t code = languageCode(text); code > 0) {
    ids.push_back(m_vocabulary.find(text.substr(0, code)).value_or(m_unknownId));
    text.remove_prefix(code);
  }
  appendPieces(*m_source, text, ids);
  return ids;
}

std::vector<int> Marian::targetIds(std::string_view text) const {
  std::vector<int> ids;
  appendPieces(*m_target, text, ids);
  return ids;
}

std::string Marian::decode(std::span<const int> ids) const {
  std::vector<std::string> pieces;
  for (const int id : ids)
    if (!m_special.isSpecial(checkedId(id))) pieces.push_back(m_vocabulary.token(id));
  return repairedUtf8(m_target->decodePieces(pieces));
}

std::shared_ptr<const Tokenizer> openMarian(const std::string& folder, int vocabularySize) {
  const std::filesystem::path root(folder);
  const std::string path = (root / "vocab.json").string();
  const std::string configPath = (root / "tokenizer_config.json").string();
  const Json config = readJsonObjectIfThere(configPath);
  if (member(config, "separate_vocabs", false, configPath))
    refuseField(configPath, "separate_vocabs", "true", "false; two vocabularies in one model are not supported");
  AddedTokens listed;
  addFromOldFile((root / "added_tokens.json").string(), listed);
  addFromConfig(config, configPath, listed);
  WholeTokens added;
  Vocabulary vocabulary = extended(vocabularyOf(readJsonObject(path), vocabularySize, "of token ids", path), listed,
                                   vocabularySize, path, added);
  requireNoHoles(vocabulary, path);
  requireLikelySize(vocabulary.size(), vocabularySize, path);
  auto source = std::make_unique<SentencePieceModel>((root / "source.spm").string());
  auto target = std::make_unique<SentencePieceModel>((root / "target.spm").string());
  requireKnownPieces(*source, vocabulary);
  requireKnownPieces(*target, vocabulary);
  return std::make_shared<Marian>(std::move(source), std::move(target), std::move(vocabulary), std::move(added));
}

}  // namespace headroom
