// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/json_fields.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json_levels.h"

namespace headroom {

void refuseField(const std::string& path, const std::string& field, const std::string& found,
                 const std::string& expected) {
  throw Error(ErrorKind::BadFile, path + ": field " + field + ": found " + found + ", expected " + expected);
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() <= 60) return text;
  text.resize(57);
  return text.append("...");
}

Json readJsonObject(const std::string& path) {
  const std::string text = readTextFile(path, kLargestTokenizerFile);
  if (nestsTooDeeply(text))
    throw Error(ErrorKind::BadFile, path + ": found JSON nested deeper than " + std::to_string(kMostJsonLevels) +
                                        " levels, expected fewer; copy the model's files again");
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded() || !value.is_object())
    throw Error(ErrorKind::BadFile, path + ": found no JSON object; copy the model's tokenizer files again");
  return value;
}

Json readJsonObjectIfThere(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? readJsonObject(path) : Json::object();
}

std::string specialToken(const Json& config, const char* name, std::string otherwise, const std::string& path) {
  const auto found = config.find(name);
  if (found != config.end() && found->is_object())
    return member<std::string>(*found, "content", std::move(otherwise), path);
  return member<std::string>(config, name, std::move(otherwise), path);
}

std::string typeOf(const Json& value) {
  if (!value.is_object()) return {};
  const auto type = value.find("type");
  return type != value.end() && type->is_string() ? type->get<std::string>() : std::string();
}

}  // namespace headroom
