// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_piece_files.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/word_piece.h"

namespace headroom {

namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLargestFile = std::int64_t{256} << 20;
constexpr int kLargestVocabulary = 1 << 24;  ///< where the model does not say: guards the allocation

[[noreturn]] void refuse(const std::string& path, const std::string& field, const std::string& found,
                         const std::string& expected) {
  throw Error(ErrorKind::BadFile, path + ": field " + field + ": found " + found + ", expected " + expected);
}

/// The JSON text of a value, short enough for one line of an error.
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

Json readJsonObject(const std::string& path) {
  Json value = Json::parse(readTextFile(path, kLargestFile), nullptr, false);
  if (value.is_discarded() || !value.is_object())
    throw Error(ErrorKind::BadFile, path + ": found no JSON object; copy the model's tokenizer files again");
  return value;
}

/// A member that may be absent or null, which gives `otherwise`.
template <typename T>
T member(const Json& object, const char* name, T otherwise, const std::string& path) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return otherwise;
  if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) refuse(path, name, shown(*found), "true or false");
  } else {
    if (!found->is_string()) refuse(path, name, shown(*found), "a text");
  }
  return found->template get<T>();
}

/// A special token is written as a text or as an object with its content.
std::string specialToken(const Json& config, const char* name, std::string otherwise, const std::string& path) {
  const auto found = config.find(name);
  if (found != config.end() && found->is_object())
    return member<std::string>(*found, "content", std::move(otherwise), path);
  return member<std::string>(config, name, std::move(otherwise), path);
}

/// Tokens by id that were added to the vocabulary or that are special in it.
using AddedTokens = std::map<std::int64_t, std::string>;

void addTo(AddedTokens& tokens, const Json& id, const Json& content, const std::string& field,
           const std::string& path) {
  if (!id.is_number_integer()) refuse(path, field, shown(id), "a whole number as id");
  if (!content.is_string()) refuse(path, field, shown(content), "a text as content");
  if (!content.get_ref<const std::string&>().empty()) tokens[id.get<std::int64_t>()] = content.get<std::string>();
}

/// From tokenizer_config.json: {"30522": {"content": "[E1]", ...}}.
void addFromConfig(const Json& config, const std::string& path, AddedTokens& tokens) {
  const auto list = config.find("added_tokens_decoder");
  if (list == config.end() || list->is_null()) return;
  if (!list->is_object()) refuse(path, "added_tokens_decoder", shown(*list), "an object of ids and tokens");
  for (const auto& [id, token] : list->items())
    addTo(tokens, Json::parse(id, nullptr, false), token.is_object() ? token.value("content", Json()) : token,
          "added_tokens_decoder", path);
}

/// From added_tokens.json, the older form: {"[E1]": 30522}.
void addFromOldFile(const std::string& path, AddedTokens& tokens) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  const Json file = readJsonObject(path);
  for (const auto& [content, id] : file.items()) addTo(tokens, id, Json(content), "of token ids", path);
}

/// From tokenizer.json: [{"id": 30522, "content": "[E1]", ...}].
void addFromList(const Json& file, const std::string& path, AddedTokens& tokens) {
  const auto list = file.find("added_tokens");
  if (list == file.end() || list->is_null()) return;
  if (!list->is_array()) refuse(path, "added_tokens", shown(*list), "a list");
  for (const Json& token : *list) {
    if (!token.is_object()) refuse(path, "added_tokens", shown(token), "an object with id and content");
    addTo(tokens, token.value("id", Json()), token.value("content", Json()), "added_tokens", path);
  }
}

/// The vocabulary with the added tokens in it, each of them recognised in raw text.
Vocabulary extended(const Vocabulary& vocabulary, const AddedTokens& added, int vocabularySize, const std::string& path,
                    WordPieceSettings& settings) {
  std::vector<std::string> tokens = vocabulary.tokens();
  const std::int64_t limit = vocabularySize > 0 ? vocabularySize : kLargestVocabulary;
  for (const auto& [id, content] : added) {
    if (id < 0 || id >= limit)
      refuse(path, "of added token " + shown(Json(content)), "id " + std::to_string(id),
             "0 to " + std::to_string(limit - 1) + "; use the vocabulary that belongs to the model");
    if (static_cast<size_t>(id) >= tokens.size()) tokens.resize(static_cast<size_t>(id) + 1);
    std::string& place = tokens[static_cast<size_t>(id)];
    if (!place.empty() && place != content)
      refuse(path, "of added token " + shown(Json(content)), "id " + std::to_string(id),
             "the id of " + shown(Json(place)) + " to stay as it is; use the vocabulary that belongs to the model");
    place = content;
    settings.wholeTokens[content] = static_cast<int>(id);
  }
  return {std::move(tokens), path};
}

/// The settings that tokenizer_config.json may change; the file itself may be missing.
Json readConfig(const std::string& path, WordPieceSettings& settings) {
  std::error_code ignored;
  Json config = std::filesystem::exists(path, ignored) ? readJsonObject(path) : Json::object();
  settings.splitting.lowerCase = member(config, "do_lower_case", settings.splitting.lowerCase, path);
  settings.splitting.stripAccents = member(config, "strip_accents", settings.splitting.lowerCase, path);
  settings.splitting.spaceCjk = member(config, "tokenize_chinese_chars", settings.splitting.spaceCjk, path);
  settings.unknown = specialToken(config, "unk_token", settings.unknown, path);
  settings.first = specialToken(config, "cls_token", settings.first, path);
  settings.separator = specialToken(config, "sep_token", settings.separator, path);
  settings.padding = specialToken(config, "pad_token", settings.padding, path);
  if (!member(config, "do_basic_tokenize", true, path))
    refuse(path, "do_basic_tokenize", "false", "true; other ways of splitting words are not supported");
  return config;
}

Vocabulary vocabularyOf(const Json& model, int vocabularySize, const std::string& path) {
  const auto vocab = model.find("vocab");
  if (vocab == model.end() || !vocab->is_object() || vocab->empty())
    refuse(path, "model.vocab", vocab == model.end() ? "nothing" : shown(*vocab), "an object of tokens and ids");
  const std::int64_t limit = vocabularySize > 0 ? vocabularySize : kLargestVocabulary;
  std::vector<std::string> tokens;
  for (const auto& [token, value] : vocab->items()) {
    const std::int64_t id = value.is_number_integer() ? value.get<std::int64_t>() : -1;
    if (id < 0 || id >= limit)
      refuse(path, "model.vocab, token " + shown(Json(token)), shown(value),
             "an id from 0 to " + std::to_string(limit - 1) + "; use the vocabulary that belongs to the model");
    if (static_cast<size_t>(id) >= tokens.size()) tokens.resize(static_cast<size_t>(id) + 1);
    std::string& place = tokens[static_cast<size_t>(id)];
    if (!place.empty()) refuse(path, "model.vocab", "id " + std::to_string(id) + " twice", "one token an id");
    place = token;
  }
  return {std::move(tokens), path};
}

/// The normaliser's settings; only BERT's own is understood.
void applyNormalizer(const Json& file, const std::string& path, WordSplitting& splitting) {
  const auto found = file.find("normalizer");
  const bool known = found != file.end() && found->is_object() && found->value("type", Json()) == "BertNormalizer";
  if (!known)
    refuse(path, "normalizer", found == file.end() ? "nothing" : shown(*found),
           "a BertNormalizer; save the model with BertTokenizer, which writes vocab.txt");
  splitting.lowerCase = member(*found, "lowercase", true, path);
  splitting.stripAccents = member(*found, "strip_accents", splitting.lowerCase, path);
  splitting.spaceCjk = member(*found, "handle_chinese_chars", true, path);
}

std::string within(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

std::shared_ptr<const Tokenizer> assemble(Vocabulary vocabulary, const Json& config, const std::string& configPath,
                                          WordPieceSettings settings) {
  const std::string mask = specialToken(config, "mask_token", "[MASK]", configPath);
  if (const auto id = vocabulary.find(mask)) settings.wholeTokens[mask] = *id;
  return std::make_shared<WordPiece>(std::move(vocabulary), std::move(settings));
}

}  // namespace

std::shared_ptr<const Tokenizer> openWordPieceVocabulary(const std::string& folder, int vocabularySize) {
  const std::string path = within(folder, "vocab.txt");
  const std::string configPath = within(folder, "tokenizer_config.json");
  WordPieceSettings settings;
  const Json config = readConfig(configPath, settings);
  AddedTokens added;
  addFromOldFile(within(folder, "added_tokens.json"), added);
  addFromConfig(config, configPath, added);
  Vocabulary vocabulary = extended(readVocabulary(path, vocabularySize), added, vocabularySize, path, settings);
  return assemble(std::move(vocabulary), config, configPath, std::move(settings));
}

std::shared_ptr<const Tokenizer> openWordPieceJson(const std::string& folder, int vocabularySize) {
  const std::string path = within(folder, "tokenizer.json");
  const std::string configPath = within(folder, "tokenizer_config.json");
  const Json file = readJsonObject(path);
  const auto model = file.find("model");
  if (model == file.end() || !model->is_object()) refuse(path, "model", "nothing", "an object");
  if (model->value("type", Json("WordPiece")) != "WordPiece")
    refuse(path, "model.type", shown((*model)["type"]), "\"WordPiece\"; other tokenizers are not supported");

  WordPieceSettings settings;
  const Json config = readConfig(configPath, settings);
  applyNormalizer(file, path, settings.splitting);
  settings.unknown = member(*model, "unk_token", settings.unknown, path);
  settings.continuation = member(*model, "continuing_subword_prefix", settings.continuation, path);
  AddedTokens added;
  addFromList(file, path, added);
  Vocabulary vocabulary = extended(vocabularyOf(*model, vocabularySize, path), added, vocabularySize, path, settings);
  return assemble(std::move(vocabulary), config, configPath, std::move(settings));
}

}  // namespace headroom
