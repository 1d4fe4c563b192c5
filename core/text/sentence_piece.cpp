// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentence_piece.h"

#include <algorithm>
#include <filesystem>
#include <unordered_set>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/model_proto.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr int kExtraIds = 100;  ///< T5's sentinels, unless its configuration says otherwise

/// Id of a piece by its text; -1 for none.
int idOf(const SentencePieceModel& model, const std::string& text) {
  for (int id = 0; id < model.size(); ++id)
    if (model.piece(id) == text) return id;
  return -1;
}

int requirePiece(const SentencePieceModel& model, const std::string& text) {
  const int id = idOf(model, text);
  if (id < 0)
    throw Error(ErrorKind::BadFile, model.origin() + ": found no piece " + shortened(text) + " among " +
                                        std::to_string(model.size()) +
                                        ", expected one; use the vocabulary that belongs to the model");
  return id;
}

void addSpecial(const SentencePieceModel& model, WholeTokens& whole) {
  for (const char* text : {"<s>", "</s>", "<unk>", "<pad>"})
    if (const int id = idOf(model, text); id >= 0) whole.add({.text = text, .id = id});
}

Json configOf(const std::string& folder, std::string& path) {
  path = (std::filesystem::path(folder) / "tokenizer_config.json").string();
  return readJsonObjectIfThere(path);
}

int extraIds(const Json& config, const std::string& path) {
  const Json count = config.value("extra_ids", Json(kExtraIds));
  if (!count.is_number_integer() || count.get<std::int64_t>() < 0 || count.get<std::int64_t>() > 10000)
    refuseField(path, "extra_ids", shown(count), "a whole number from 0 to 10000");
  return count.get<int>();
}

AddedTokens addedTokensOf(const std::string& folder, const Json& config, const std::string& configPath) {
  AddedTokens added;
  addFromOldFile((std::filesystem::path(folder) / "added_tokens.json").string(), added);
  addFromConfig(config, configPath, added);
  return added;
}

/// T5's sentinels behind the pieces, the last one first, but for those that are listed or whose id is taken.
void addSentinels(int count, int pieces, AddedTokens& tokens) {
  std::unordered_set<std::string> listed;
  for (const auto& [id, token] : tokens) listed.insert(token.text);
  for (int i = 0; i < count; ++i) {
    const std::string text = "<extra_id_" + std::to_string(i) + ">";
    if (!listed.contains(text)) tokens.try_emplace(pieces + count - 1 - i, AddedToken{.text = text});
  }
}

/// Bytes of the space that a text begins with, 0 for none.
size_t leadingSpace(std::string_view text) {
  const std::string_view spelled = kSpelledSpace;
  return text.starts_with(' ') ? 1 : text.starts_with(spelled) ? spelled.size() : 0;
}

/// The tokenizer of a model file. Where the configuration says "legacy": false, the program and not the model puts the
/// space in front, once a text.
std::shared_ptr<const Tokenizer> tokenizerOfModel(std::unique_ptr<const SentencePieceModel> model,
                                                  SentencePieceSettings settings, const Json& config,
                                                  const std::string& configPath) {
  if (member(config, "legacy", true, configPath))
    return std::make_shared<SentencePiece>(std::move(model), std::move(settings));
  settings.prefix = member(config, "add_prefix_space", true, configPath) ? SpacePrefix::First : SpacePrefix::Never;
  settings.ownSpaceIsPrefix = settings.prefix == SpacePrefix::Never;
  const std::string& path = model->origin();
  const std::string bytes = readTextFile(path, kLargestTokenizerFile);
  auto bare = std::make_unique<SentencePieceModel>(withSpacePrefix(bytes, false), path);
  auto prefixed = std::make_unique<SentencePieceModel>(withSpacePrefix(bytes, true), path);
  return std::make_shared<SentencePiece>(std::move(prefixed), std::move(settings), std::move(bare));
}

}  // namespace

std::string SentencePiece::token(int id) const {
  const int known = m_model->size();
  return checkedId(id) < known ? m_model->piece(id) : m_settings.added[static_cast<size_t>(id - known)];
}

std::vector<int> SentencePiece::textIds(std::string_view text) const {
  std::vector<int> ids;
  splitAtWholeTokens(
      m_settings.wholeTokens, text,
      [&](std::string_view part) {
        const std::vector<int> more = partIds(part, part.data() == text.data());
        ids.insert(ids.end(), more.begin(), more.end());
      },
      [&](int id) { ids.push_back(id); });
  return ids;
}

std::vector<int> SentencePiece::partIds(std::string_view part, bool begins) const {
  if (m_settings.wordByWord) return idsOfWords(part);
  if (!m_bare) return m_model->encode(part);
  const size_t space = leadingSpace(part);
  const bool keepsItsSpace = space > 0 && (!begins || m_settings.ownSpaceIsPrefix);
  // The model's space stands for the text's own, which models that remove extra spaces would drop.
  if (keepsItsSpace && part.size() > space) return m_model->encode(part.substr(space));
  const bool prefixed = m_settings.prefix == SpacePrefix::Always || (m_settings.prefix == SpacePrefix::First && begins);
  return prefixed && !keepsItsSpace ? m_model->encode(part) : m_bare->encode(part);
}

std::vector<int> SentencePiece::idsOfWords(std::string_view part) const {
  std::vector<int> ids;
  size_t begin = 0;  // of the word
  const auto endWord = [&](size_t end) {
    if (end == begin) return;
    const std::vector<int> more = m_model->encode(part.substr(begin, end - begin));
    ids.insert(ids.end(), more.begin(), more.end());
  };
  for (size_t at = 0; at < part.size();) {
    const size_t next = at + firstCharacterBytes(part.substr(at));
    if (isPatternSpace(decodeUtf8(part.substr(at, next - at))[0])) {
      endWord(at);
      begin = next;
    }
    at = next;
  }
  endWord(part.size());
  return ids;
}

std::string SentencePiece::decode(std::span<const int> ids) const {
  std::vector<int> plain;
  std::string text;
  const auto flush = [&] {
    text += m_model->decode(plain);
    plain.clear();
  };
  for (const int id : ids) {
    if (m_settings.wholeTokens.isSpecial(checkedId(id))) continue;
    if (id < m_model->size()) {
      plain.push_back(id);
    } else {
      flush();
      text += token(id);
    }
  }
  flush();
  return repairedUtf8(text);
}

void placeAddedTokens(const AddedTokens& tokens, int pieces, const std::string& path, SentencePieceSettings& settings) {
  for (const auto& [id, token] : tokens) {
    const std::int64_t next = pieces + static_cast<std::int64_t>(settings.added.size());
    if (id < 0 || id > next)
      refuseField(path, "of added token " + shown(Json(token.text)), "id " + std::to_string(id),
                  "0 to " + std::to_string(next) + ": the pieces of the model, then one id after the other");
    if (id == next) settings.added.push_back(token.text);
    settings.wholeTokens.add({.text = token.text,
                              .id = static_cast<int>(id),
                              .takesSpaceBefore = token.stripLeft,
                              .takesSpaceAfter = token.stripRight,
                              .special = token.special});
  }
}

std::shared_ptr<const Tokenizer> openT5Model(const std::string& folder, int vocabularySize) {
  std::string configPath;
  const Json config = configOf(folder, configPath);
  auto model = std::make_unique<SentencePieceModel>((std::filesystem::path(folder) / "spiece.model").string());
  requireLikelySize(model->size(), vocabularySize, model->origin());
  SentencePieceSettings settings;
  const int extra = extraIds(config, configPath);
  addSpecial(*model, settings.wholeTokens);
  AddedTokens added = addedTokensOf(folder, config, configPath);
  if (vocabularySize >= model->size() + extra) addSentinels(extra, model->size(), added);
  placeAddedTokens(added, model->size(), configPath, settings);
  requireLikelySize(static_cast<int>(settings.added.size()) + model->size(), vocabularySize, model->origin());
  const int end = requirePiece(*model, specialToken(config, "eos_token", "</s>", configPath));
  settings.frame = {.before = {}, .between = {end}, .after = {end}};
  settings.padId = std::max(0, idOf(*model, specialToken(config, "pad_token", "<pad>", configPath)));
  return tokenizerOfModel(std::move(model), std::move(settings), config, configPath);
}

std::shared_ptr<const Tokenizer> openLlamaModel(const std::string& folder, int vocabularySize) {
  std::string configPath;
  const Json config = configOf(folder, configPath);
  auto model = std::make_unique<SentencePieceModel>((std::filesystem::path(folder) / "tokenizer.model").string());
  SentencePieceSettings settings;
  addSpecial(*model, settings.wholeTokens);
  placeAddedTokens(addedTokensOf(folder, config, configPath), model->size(), configPath, settings);
  const auto size = static_cast<int>(settings.added.size()) + model->size();
  requireLikelySize(size, vocabularySize, model->origin());
  if (member(config, "add_bos_token", true, configPath)) {
    settings.frame.before = {requirePiece(*model, specialToken(config, "bos_token", "<s>", configPath))};
    settings.frame.between = settings.frame.before;
  }
  if (member(config, "add_eos_token", false, configPath)) {
    settings.frame.after = {requirePiece(*model, specialToken(config, "eos_token", "</s>", configPath))};
    settings.frame.between.insert(settings.frame.between.begin(), settings.frame.after[0]);
  }
  settings.padId = std::max(0, idOf(*model, specialToken(config, "pad_token", "<pad>", configPath)));
  return tokenizerOfModel(std::move(model), std::move(settings), config, configPath);
}

}  // namespace headroom
