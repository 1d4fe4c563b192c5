// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace headroom {

/// A token that is found in raw text before the text is split: "[MASK]", "<|endoftext|>", added ones.
struct WholeToken {
  std::string text;
  int id = 0;
  bool takesSpaceBefore = false;  ///< spaces before it belong to it, as with RoBERTa's <mask>
  bool takesSpaceAfter = false;
  bool special = true;  ///< no part of the text when ids are turned back
};

/// The whole tokens of a vocabulary. Finding them takes one pass over the text, however many there are.
class WholeTokens {
 public:
  /// A second token of the same text takes the place of the first.
  void add(WholeToken token);
  [[nodiscard]] bool contains(std::string_view text) const { return m_places.contains(std::string(text)); }
  [[nodiscard]] bool isSpecial(int id) const { return m_special.contains(id); }

  struct Match {
    size_t begin = 0;  ///< where the text before it ends
    size_t end = 0;    ///< where the text behind it begins
    int id = -1;       ///< -1 = none: begin and end are the text's size
  };
  /// The leftmost token at or after `from`, the longest of those that begin there.
  [[nodiscard]] Match next(std::string_view text, size_t from) const;

 private:
  std::vector<WholeToken> m_tokens;
  std::unordered_map<std::string, size_t> m_places;
  std::unordered_set<int> m_special;
  std::array<std::vector<size_t>, 256> m_byFirstByte;  ///< longest first
};

/// Calls plain(part) for every stretch of `text` between whole tokens, and whole(id) for these, in order. Empty
/// stretches are left out.
template <typename Plain, typename Whole>
void splitAtWholeTokens(const WholeTokens& tokens, std::string_view text, Plain&& plain, Whole&& whole) {
  for (size_t at = 0; at < text.size();) {
    const WholeTokens::Match match = tokens.next(text, at);
    if (match.begin > at) plain(text.substr(at, match.begin - at));
    if (match.id >= 0) whole(match.id);
    at = match.end;
  }
}

}  // namespace headroom
