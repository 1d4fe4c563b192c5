// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/added_tokens.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace headroom {

namespace {

constexpr const char* kRemedy = "; use the vocabulary that belongs to the model";

/// `token` is a text or an object with its content and its manners.
void addTo(AddedTokens& tokens, const Json& id, const Json& token, const std::string& field, const std::string& path) {
  const Json content = token.is_object() ? token.value("content", Json()) : token;
  if (!id.is_number_integer()) refuseField(path, field, shown(id), "a whole number as id");
  if (!content.is_string()) refuseField(path, field, shown(content), "a text as content");
  if (content.get_ref<const std::string&>().empty()) return;
  AddedToken& added = tokens[id.get<std::int64_t>()];
  added.text = content.get<std::string>();
  if (!token.is_object()) return;
  if (member(token, "single_word", false, path))
    refuseField(path, field + ", single_word of " + shown(content), "true",
                "false; tokens that count only as words of their own are not supported");
  added.stripLeft = member(token, "lstrip", false, path);
  added.stripRight = member(token, "rstrip", false, path);
  added.special = member(token, "special", true, path);
}

/// An id that is the name of a member; the name itself where it is no whole number.
Json idOfName(const std::string& name) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  return error == std::errc() && end == name.data() + name.size() ? Json(id) : Json(name);
}

std::int64_t limitOf(int vocabularySize) { return vocabularySize > 0 ? vocabularySize : kLargestVocabulary; }

}  // namespace

void addFromConfig(const Json& config, const std::string& path, AddedTokens& tokens) {
  const auto list = config.find("added_tokens_decoder");
  if (list == config.end() || list->is_null()) return;
  if (!list->is_object()) refuseField(path, "added_tokens_decoder", shown(*list), "an object of ids and tokens");
  for (const auto& [id, token] : list->items()) addTo(tokens, idOfName(id), token, "added_tokens_decoder", path);
}

void addFromOldFile(const std::string& path, AddedTokens& tokens) {
  const Json file = readJsonObjectIfThere(path);
  for (const auto& [content, id] : file.items()) addTo(tokens, id, Json(content), "of token ids", path);
}

void addFromList(const Json& file, const std::string& path, AddedTokens& tokens) {
  const auto list = file.find("added_tokens");
  if (list == file.end() || list->is_null()) return;
  if (!list->is_array()) refuseField(path, "added_tokens", shown(*list), "a list");
  for (const Json& token : *list) {
    if (!token.is_object()) refuseField(path, "added_tokens", shown(token), "an object with id and content");
    addTo(tokens, token.value("id", Json()), token, "added_tokens", path);
  }
}

Vocabulary extended(const Vocabulary& vocabulary, const AddedTokens& added, int vocabularySize, const std::string& path,
                    WholeTokens& whole) {
  std::vector<std::string> tokens = vocabulary.tokens();
  const std::int64_t limit = limitOf(vocabularySize);
  for (const auto& [id, token] : added) {
    const std::string field = "of added token " + shown(Json(token.text));
    if (id < 0 || id >= limit)
      refuseField(path, field, "id " + std::to_string(id), "0 to " + std::to_string(limit - 1) + kRemedy);
    if (static_cast<size_t>(id) >= tokens.size()) tokens.resize(static_cast<size_t>(id) + 1);
    std::string& place = tokens[static_cast<size_t>(id)];
    if (!place.empty() && place != token.text)
      refuseField(path, field, "id " + std::to_string(id),
                  "the id of " + shown(Json(place)) + " to stay as it is" + kRemedy);
    place = token.text;
    whole.add({.text = token.text,
               .id = static_cast<int>(id),
               .takesSpaceBefore = token.stripLeft,
               .takesSpaceAfter = token.stripRight,
               .special = token.special});
  }
  return {std::move(tokens), path};
}

Vocabulary vocabularyOf(const Json& object, int vocabularySize, const std::string& field, const std::string& path) {
  if (!object.is_object() || object.empty())
    refuseField(path, field, object.is_null() ? "nothing" : shown(object), "an object of tokens and ids");
  const std::int64_t limit = limitOf(vocabularySize);
  std::vector<std::string> tokens;
  for (const auto& [token, value] : object.items()) {
    const std::int64_t id = value.is_number_integer() ? value.get<std::int64_t>() : -1;
    if (id < 0 || id >= limit)
      refuseField(path, field + ", token " + shown(Json(token)), shown(value),
                  "an id from 0 to " + std::to_string(limit - 1) + kRemedy);
    if (static_cast<size_t>(id) >= tokens.size()) tokens.resize(static_cast<size_t>(id) + 1);
    std::string& place = tokens[static_cast<size_t>(id)];
    if (!place.empty()) refuseField(path, field, "id " + std::to_string(id) + " twice", "one token an id");
    place = token;
  }
  return {std::move(tokens), path};
}

void requireNoHoles(const Vocabulary& vocabulary, const std::string& path) {
  const std::vector<std::string>& tokens = vocabulary.tokens();
  const auto hole = std::find(tokens.begin(), tokens.end(), std::string());
  if (hole == tokens.end()) return;
  const auto holes = std::count(hole, tokens.end(), std::string());
  throw Error(ErrorKind::BadFile, path + ": found no token for id " + std::to_string(hole - tokens.begin()) +
                                      (holes > 1 ? " and " + std::to_string(holes - 1) + " other ids" : "") +
                                      ", expected one for every id from 0 to " + std::to_string(tokens.size() - 1) +
                                      "; copy the model's vocabulary again");
}

}  // namespace headroom
