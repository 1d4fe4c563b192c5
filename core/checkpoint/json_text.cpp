// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/json_text.h"

#include <set>
#include <vector>

#include "core/base/error.h"

namespace headroom {
namespace {

constexpr int kMaxDepth = 32;
constexpr size_t kMaxQuoted = 100;

}  // namespace

std::string shown(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, kMaxQuoted)) out += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > kMaxQuoted) out += "...";
  return out + "'";
}

nlohmann::json parseJson(std::string_view text, const std::string& where) {
  using json = nlohmann::json;
  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::BadFile, where + ": nested deeper than " + std::to_string(kMaxDepth) + " levels");
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw Error(ErrorKind::BadFile,
                  where + ": key " + shown(parsed.get<std::string>()) + " found twice, expected once");
    return true;
  };
  try {
    return json::parse(text.begin(), text.end(), watch);
  } catch (const json::parse_error& error) {
    throw Error(ErrorKind::BadFile, where + ": expected JSON, found something else at byte " +
                                        std::to_string(error.byte) + "; the file is damaged, copy it again");
  } catch (const json::exception&) {
    throw Error(ErrorKind::BadFile, where + ": expected JSON, found a number that no computer holds");
  }
}

std::string foundText(const nlohmann::json& value) {
  if (value.is_string()) return shown(value.get_ref<const std::string&>());
  if (value.is_array()) return "an array";
  if (value.is_object()) return "an object";
  return value.dump();
}

}  // namespace headroom
