// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace headroom {

/// A field of a CSV table, in quotes, those within it doubled.
[[nodiscard]] inline std::string csvQuoted(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '"' ? std::string("\"\"") : std::string(1, c);
  return "\"" + safe + "\"";
}

}  // namespace headroom
