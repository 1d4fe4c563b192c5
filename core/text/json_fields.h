// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>

namespace headroom {

using Json = nlohmann::json;

/// Vocabularies of this many tokens are refused where the model does not say how many it has: guards allocations.
constexpr int kLargestVocabulary = 1 << 24;
/// The largest tokenizer file that is read, in bytes.
constexpr std::int64_t kLargestTokenizerFile = std::int64_t{256} << 20;

/// Throws Error(BadFile) "PATH: field FIELD: found FOUND, expected EXPECTED".
[[noreturn]] void refuseField(const std::string& path, const std::string& field, const std::string& found,
                              const std::string& expected);

/// The JSON text of a value, short enough for one line of an error.
[[nodiscard]] std::string shown(const Json& value);

/// Throws Error when the file is no JSON object, or is nested deeper than kMostJsonLevels (core/base/json_levels.h).
[[nodiscard]] Json readJsonObject(const std::string& path);
/// An empty object where there is no such file.
[[nodiscard]] Json readJsonObjectIfThere(const std::string& path);

/// A member that may be absent or null, which gives `otherwise`. Throws Error when it is of another type.
template <typename T>
[[nodiscard]] T member(const Json& object, const char* name, T otherwise, const std::string& path) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return otherwise;
  if constexpr (std::is_same_v<T, bool>) {
    if (!found->is_boolean()) refuseField(path, name, shown(*found), "true or false");
  } else {
    if (!found->is_string()) refuseField(path, name, shown(*found), "a text");
  }
  return found->template get<T>();
}

/// A special token, written as a text or as an object with its content.
[[nodiscard]] std::string specialToken(const Json& config, const char* name, std::string otherwise,
                                       const std::string& path);

/// The member "type" of an object; empty for anything else.
[[nodiscard]] std::string typeOf(const Json& value);

}  // namespace headroom
