// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/charsmap.h"

#include <cstdint>
#include <vector>

namespace headroom {

namespace {

std::uint32_t unitAt(std::string_view bytes, size_t index) {
  const auto byte = [&](size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[4 * index + i]));
  };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

// The fields of a unit of the double array.
bool hasLeaf(std::uint32_t unit) { return (unit >> 8 & 1) != 0; }
std::uint32_t leafValue(std::uint32_t unit) { return unit & 0x7FFFFFFF; }
std::uint32_t labelOf(std::uint32_t unit) { return unit & 0x800000FF; }
size_t offsetOf(std::uint32_t unit) { return static_cast<size_t>(unit >> 10) << ((unit & 0x200) >> 6); }

/// Follows every edge from the root once.
bool staysInside(std::string_view trie, size_t texts) {
  const size_t units = trie.size() / 4;
  std::vector<bool> seen(units, false);
  std::vector<size_t> open{offsetOf(unitAt(trie, 0))};
  while (!open.empty()) {
    const size_t base = open.back();
    open.pop_back();
    if ((base | 0xFF) >= units) return false;  // a look-up may read any of its 256 children
    if (seen[base]) continue;
    seen[base] = true;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
      const size_t child = base ^ byte;
      const std::uint32_t unit = unitAt(trie, child);
      if (labelOf(unit) != byte) continue;
      const size_t next = child ^ offsetOf(unit);
      if (hasLeaf(unit) && (next >= units || leafValue(unitAt(trie, next)) >= texts)) return false;
      open.push_back(next);
    }
  }
  return true;
}

}  // namespace

bool isCharsmap(std::string_view bytes) {
  if (bytes.size() < 8) return false;
  const std::uint32_t size = unitAt(bytes, 0);
  bytes.remove_prefix(4);
  if (size == 0 || size % 4 != 0 || size >= bytes.size()) return false;
  const std::string_view texts = bytes.substr(size);
  return texts.back() == '\0' && staysInside(bytes.substr(0, size), texts.size());
}

}  // namespace headroom
