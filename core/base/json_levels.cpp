// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json_levels.h"

#include <cstddef>

namespace headroom {

bool nestsTooDeeply(std::string_view json) {
  int levels = 0;
  bool quoted = false;
  for (size_t at = 0; at < json.size(); ++at) {
    const char byte = json[at];
    if (byte == '"') {
      quoted = !quoted;
    } else if (quoted) {
      if (byte == '\\') ++at;
    } else if (byte == '[' || byte == '{') {
      if (++levels > kMostJsonLevels) return true;
    } else if (byte == ']' || byte == '}') {
      --levels;
    }
  }
  return false;
}

}  // namespace headroom
