// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace headroom {

/// The merges of a byte-pair encoding: which two neighbouring tokens become one, and which first.
class PairMerges {
 public:
  /// The lower `rank` goes first; of equal ranks the leftmost pair. A pair that is given again gets the new rank.
  void add(int left, int right, int rank, int merged);
  /// Merges until no pair is left to merge, in n log n.
  void apply(std::vector<int>& ids) const;

 private:
  struct Merge {
    int rank = 0;
    int merged = 0;
  };
  [[nodiscard]] const Merge* find(int left, int right) const;

  std::unordered_map<std::uint64_t, Merge> m_merges;  ///< by both ids
};

}  // namespace headroom
