// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/word_level_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

int idOf(const std::vector<std::string>& words, const std::string& word) {
  return static_cast<int>(std::find(words.begin(), words.end(), word) - words.begin());
}

Json text(const char* id) { return {{"Sequence", {{"id", id}, {"type_id", 0}}}}; }

/// What the library that wrote this kind of file first calls a template: the texts with the end mark behind them.
Json endingWith(const std::string& end, int id) {
  const Json mark = {{"SpecialToken", {{"id", end}, {"type_id", 0}}}};
  return {{"type", "TemplateProcessing"},
          {"single", {text("A"), mark}},
          {"pair", {text("A"), text("B"), mark}},
          {"special_tokens", {{end, {{"id", end}, {"ids", {id}}, {"tokens", {end}}}}}}};
}

}  // namespace

std::string wordLevelJson(const std::vector<std::string>& words, const std::vector<std::string>& special,
                          const std::string& end) {
  Json vocabulary = Json::object(), added = Json::array();
  for (size_t i = 0; i < words.size(); ++i) vocabulary[words[i]] = i;
  for (const std::string& word : special)
    added.push_back({{"id", idOf(words, word)},
                     {"content", word},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  Json file = {{"version", "1.0"},      {"truncation", nullptr}, {"padding", nullptr},
               {"added_tokens", added}, {"normalizer", nullptr}, {"pre_tokenizer", {{"type", "WhitespaceSplit"}}}};
  file["post_processor"] = end.empty() ? Json() : endingWith(end, idOf(words, end));
  file["decoder"] = nullptr;
  file["model"] = {{"type", "WordLevel"}, {"vocab", vocabulary}, {"unk_token", special.front()}};
  return file.dump(1) + "\n";
}

}  // namespace headroom
