// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace headroom {

/// Far above any published model; they keep products of sizes far below 2^63.
namespace limits {
constexpr int kHidden = 1 << 16;
constexpr int kLayers = 1024;
constexpr int kHeads = 1024;
constexpr int kIntermediate = 1 << 20;
constexpr int kVocabulary = 1 << 24;
constexpr int kPositions = 1 << 22;
constexpr int kLabels = 100'000;
constexpr int kImage = 1 << 14;
}  // namespace limits

/// Typed, bounded access to the fields of a config.json; every failure is one line: file, field, found, expected.
class ConfigFields {
 public:
  ConfigFields(const nlohmann::json& object, const std::string& path) : m_object(object), m_path(path) {}

  /// The field, or nullptr when it is absent or null.
  [[nodiscard]] const nlohmann::json* find(const char* field) const;
  /// A whole number in [low, high]; absent: `fallback`, or an Error without one.
  [[nodiscard]] int integer(const char* field, int low, int high, std::optional<int> fallback = std::nullopt) const;
  /// A number in [low, high]; `fallback` when absent.
  [[nodiscard]] double real(const char* field, double low, double high, double fallback) const;
  [[nodiscard]] std::string text(const char* field, const std::string& fallback) const;
  [[nodiscard]] bool flag(const char* field, bool fallback = false) const;
  [[nodiscard]] std::vector<std::string> texts(const char* field) const;

  [[noreturn]] void fail(const std::string& field, const std::string& found, const std::string& expected) const;

 private:
  const nlohmann::json& m_object;
  const std::string& m_path;
};

/// "12" -> 12 for JSON keys; nothing for signs, spaces, more than 9 digits or anything else.
[[nodiscard]] std::optional<int> wholeNumber(const std::string& text);

}  // namespace headroom
