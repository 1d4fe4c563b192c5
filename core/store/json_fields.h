// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// A struct's fields are listed once (visitFields) and both written and read through the list.

#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/checkpoint/json_text.h"

namespace headroom {

/// A finite number as it is, else "nan", "inf" or "-inf": JSON has no such numbers.
[[nodiscard]] inline nlohmann::json numberToJson(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

/// Visitor that writes fields into an object.
class JsonFieldWriter {
 public:
  explicit JsonFieldWriter(nlohmann::json& object) : m_object(object) {}

  template <typename T>
  void operator()(const char* key, const T& value) {
    m_object[key] = write(value);
  }

 private:
  template <typename T>
  static nlohmann::json write(const T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      return numberToJson(value);
    } else if constexpr (std::is_same_v<T, std::vector<double>>) {
      nlohmann::json list = nlohmann::json::array();
      for (const double v : value) list.push_back(numberToJson(v));
      return list;
    } else {
      return value;
    }
  }
  nlohmann::json& m_object;
};

/// Visitor that reads fields out of an object; what is missing keeps its value. Throws Error(BadFile) naming the field.
class JsonFieldReader {
 public:
  JsonFieldReader(const nlohmann::json& object, std::string where) : m_object(object), m_where(std::move(where)) {
    if (!object.is_object()) throw Error(ErrorKind::BadFile, m_where + ": found no JSON object");
  }

  template <typename T>
  void operator()(const char* key, T& value) const {
    const auto found = m_object.find(key);
    if (found == m_object.end()) return;
    if (!read(*found, value))
      throw Error(ErrorKind::BadFile,
                  m_where + ": field " + key + ": found " + foundText(*found) + ", expected " + kindOf<T>());
  }

 private:
  template <typename T>
  static std::string kindOf() {
    if constexpr (std::is_same_v<T, bool>)
      return "true or false";
    else if constexpr (std::is_arithmetic_v<T>)
      return "a number in range";
    else if constexpr (std::is_same_v<T, std::string>)
      return "text";
    else
      return "a list";
  }
  static bool read(const nlohmann::json& json, bool& value) {
    if (!json.is_boolean()) return false;
    value = json.get<bool>();
    return true;
  }
  static bool read(const nlohmann::json& json, double& value) {
    if (json.is_number())
      value = json.get<double>();
    else if (json == "nan")
      value = std::numeric_limits<double>::quiet_NaN();
    else if (json == "inf")
      value = std::numeric_limits<double>::infinity();
    else if (json == "-inf")
      value = -std::numeric_limits<double>::infinity();
    else
      return false;
    return true;
  }
  template <typename T>
  requires std::is_integral_v<T>
  static bool read(const nlohmann::json& json, T& value) {
    if (json.is_number_unsigned()) {
      const auto number = json.get<std::uint64_t>();
      if (!std::in_range<T>(number)) return false;
      value = static_cast<T>(number);
      return true;
    }
    if (!json.is_number_integer()) return false;
    const auto number = json.get<std::int64_t>();
    if (!std::in_range<T>(number)) return false;
    value = static_cast<T>(number);
    return true;
  }
  static bool read(const nlohmann::json& json, std::string& value) {
    if (!json.is_string()) return false;
    value = json.get<std::string>();
    return true;
  }
  template <typename T>
  static bool read(const nlohmann::json& json, std::vector<T>& values) {
    if (!json.is_array()) return false;
    values.clear();
    for (const nlohmann::json& item : json) {
      T value{};
      if (!read(item, value)) return false;
      values.push_back(std::move(value));
    }
    return true;
  }

  const nlohmann::json& m_object;
  std::string m_where;
};

}  // namespace headroom
