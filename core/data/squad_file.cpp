// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/squad_file.h"

#include <optional>
#include <utility>

#include "core/base/json_levels.h"
#include "core/text/json_fields.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

const Json& listOf(const Json& object, const char* name, const std::string& path) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_array())
    refuseField(path, name, object.is_object() && found != object.end() ? shown(*found) : "nothing",
                "a list, as in SQuAD's JSON");
  return *found;
}

std::string textOf(const Json& object, const char* name, const std::string& path) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string())
    refuseField(path, name, object.is_object() && found != object.end() ? shown(*found) : "nothing",
                "a text, as in SQuAD's JSON");
  return found->get<std::string>();
}

/// Byte offsets of a text's characters, and its end: SQuAD counts characters.
std::vector<size_t> characterPlaces(std::string_view text) {
  std::vector<size_t> places;
  for (size_t at = 0; at < text.size(); at += firstCharacterBytes(text.substr(at))) places.push_back(at);
  places.push_back(text.size());
  return places;
}

/// Where the answer stands, if it does.
std::optional<TextSpan> placeOf(const Json& answer, const std::string& text, std::string_view context,
                                const std::vector<size_t>& places, const std::string& path) {
  const Json start = answer.value("answer_start", Json());
  if (!start.is_number_integer()) refuseField(path, "answer_start", shown(start), "a whole number");
  const auto character = start.get<std::int64_t>();
  if (character < 0 || static_cast<std::uint64_t>(character) >= places.size() || text.empty()) return std::nullopt;
  const size_t begin = places[static_cast<size_t>(character)];
  if (context.substr(begin, text.size()) != text) return std::nullopt;
  return TextSpan{.begin = begin, .end = begin + text.size()};
}

}  // namespace

std::vector<PlacedQuestion> readSquad(const std::string& path, const std::string& content,
                                      std::map<std::string, std::int64_t>& skipped) {
  if (nestsTooDeeply(content))
    refuseField(path, "data", "JSON nested deeper than " + std::to_string(kMostJsonLevels) + " levels",
                "SQuAD's JSON; copy the file again");
  const Json file = Json::parse(content, nullptr, false);
  if (!file.is_object()) refuseField(path, "data", "no JSON object", "SQuAD's JSON; copy the file again");
  std::vector<PlacedQuestion> out;
  for (const Json& article : listOf(file, "data", path)) {
    for (const Json& paragraph : listOf(article, "paragraphs", path)) {
      const auto context = std::make_shared<const std::string>(textOf(paragraph, "context", path));
      const std::vector<size_t> places = characterPlaces(*context);
      for (const Json& entry : listOf(paragraph, "qas", path)) {
        PlacedQuestion placed;
        placed.question = {.id = textOf(entry, "id", path),
                           .text = textOf(entry, "question", path),
                           .context = context,
                           .answers = {}};
        const Json& answers = listOf(entry, "answers", path);
        for (const Json& answer : answers) {
          std::string text = textOf(answer, "text", path);
          const auto place = placeOf(answer, text, *context, places, path);
          if (!place) continue;
          if (placed.question.answers.empty()) placed.answer = *place;
          placed.question.answers.push_back(std::move(text));
        }
        if (!answers.empty() && placed.question.answers.empty()) {
          ++skipped["answer is not where the file says"];
        } else {
          out.push_back(std::move(placed));
        }
      }
    }
  }
  return out;
}

}  // namespace headroom
