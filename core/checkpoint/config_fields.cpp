// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/config_fields.h"

#include <cstdio>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"

namespace headroom {
namespace {

std::string shortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

const nlohmann::json* ConfigFields::find(const char* field) const {
  const auto found = m_object.find(field);
  return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

int ConfigFields::integer(const char* field, int low, int high, std::optional<int> fallback) const {
  const nlohmann::json* value = find(field);
  if (value == nullptr && fallback) return *fallback;
  const std::string expected = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  if (value == nullptr) fail(field, "nothing", expected);
  if (!value->is_number_integer()) fail(field, foundText(*value), expected);
  const bool huge = value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const auto number = huge ? INT64_MAX : value->get<std::int64_t>();
  if (number < low || number > high) fail(field, foundText(*value), expected);
  return static_cast<int>(number);
}

double ConfigFields::real(const char* field, double low, double high, double fallback) const {
  const nlohmann::json* value = find(field);
  if (value == nullptr) return fallback;
  if (!value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high))
    fail(field, foundText(*value), "a number from " + shortNumber(low) + " to " + shortNumber(high));
  return value->get<double>();
}

std::string ConfigFields::text(const char* field, const std::string& fallback) const {
  const nlohmann::json* value = find(field);
  if (value == nullptr) return fallback;
  if (!value->is_string()) fail(field, foundText(*value), "text");
  return value->get<std::string>();
}

bool ConfigFields::flag(const char* field, bool fallback) const {
  const nlohmann::json* value = find(field);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) fail(field, foundText(*value), "true or false");
  return value->get<bool>();
}

std::vector<std::string> ConfigFields::texts(const char* field) const {
  std::vector<std::string> out;
  const nlohmann::json* value = find(field);
  if (value == nullptr) return out;
  if (!value->is_array()) fail(field, foundText(*value), "an array of text");
  for (const nlohmann::json& item : *value) {
    if (!item.is_string()) fail(field, foundText(item), "text");
    out.push_back(item.get<std::string>());
  }
  return out;
}

void ConfigFields::fail(const std::string& field, const std::string& found, const std::string& expected) const {
  throw Error(ErrorKind::BadFile, m_path + ": " + field + ": found " + found + ", expected " + expected +
                                      "; correct the file or save the model again");
}

std::optional<int> wholeNumber(const std::string& text) {
  if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoi(text);
}

}  // namespace headroom
