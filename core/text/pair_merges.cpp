// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pair_merges.h"

#include <functional>
#include <queue>
#include <tuple>

namespace headroom {

namespace {

std::uint64_t keyOf(int left, int right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
}

/// A pair that waits for its turn. It is out of date when one of its tokens was merged meanwhile.
struct Candidate {
  int rank;
  size_t place;  ///< of the left token
  int left, right, merged;
  [[nodiscard]] bool operator>(const Candidate& other) const {
    return std::tie(rank, place) > std::tie(other.rank, other.place);
  }
};

}  // namespace

void PairMerges::add(int left, int right, int rank, int merged) {
  m_merges[keyOf(left, right)] = {.rank = rank, .merged = merged};
}

const PairMerges::Merge* PairMerges::find(int left, int right) const {
  const auto found = m_merges.find(keyOf(left, right));
  return found == m_merges.end() ? nullptr : &found->second;
}

void PairMerges::apply(std::vector<int>& ids) const {
  constexpr int kGone = -1;
  const size_t size = ids.size();
  std::vector<size_t> next(size), before(size);  // a linked list: merging moves no token
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
  const auto offer = [&](size_t left, size_t right) {
    if (const Merge* merge = find(ids[left], ids[right]))
      queue.push({merge->rank, left, ids[left], ids[right], merge->merged});
  };
  for (size_t i = 0; i < size; ++i) {
    next[i] = i + 1;
    before[i] = i == 0 ? size : i - 1;
    if (i > 0) offer(i - 1, i);
  }
  while (!queue.empty()) {
    const Candidate best = queue.top();
    queue.pop();
    const size_t left = best.place, right = next[left];
    if (ids[left] != best.left || right >= size || ids[right] != best.right) continue;
    ids[left] = best.merged;
    ids[right] = kGone;
    next[left] = next[right];
    if (next[left] < size) {
      before[next[left]] = left;
      offer(left, next[left]);
    }
    if (before[left] < size) offer(before[left], left);
  }
  std::erase(ids, kGone);
}

}  // namespace headroom
