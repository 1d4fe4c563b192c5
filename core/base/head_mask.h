// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

/// Which heads are kept: true = kept, in the layout's flat order. A value; cheap to copy.
class HeadMask {
 public:
  HeadMask() = default;
  /// Every head kept (or every head pruned).
  explicit HeadMask(HeadLayout layout, bool kept = true);

  [[nodiscard]] const HeadLayout& layout() const { return m_layout; }
  [[nodiscard]] bool kept(HeadId id) const { return m_kept[static_cast<size_t>(m_layout.flat(id))] != 0; }
  [[nodiscard]] bool kept(int flatIndex) const { return m_kept[static_cast<size_t>(flatIndex)] != 0; }
  void set(HeadId id, bool kept) { m_kept[static_cast<size_t>(m_layout.flat(id))] = kept ? 1 : 0; }
  void set(int flatIndex, bool kept) { m_kept[static_cast<size_t>(flatIndex)] = kept ? 1 : 0; }

  [[nodiscard]] int headCount() const { return static_cast<int>(m_kept.size()); }
  [[nodiscard]] int keptCount() const;
  [[nodiscard]] int keptIn(int block) const;
  /// Key/value heads that a kept query head reads: the others go with the heads that are pruned.
  [[nodiscard]] int keptKeyValueCount() const;
  /// Blocks with at least one kept head.
  [[nodiscard]] int liveBlocks() const;
  /// pruned / all; 0 for a model without heads.
  [[nodiscard]] double sparsity() const;
  [[nodiscard]] bool all() const { return keptCount() == headCount(); }
  /// One byte a head, 1 = kept, flat order.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return m_kept; }
  /// 16 hexadecimal digits that identify layout and kept heads; carried by every number that answers for a mask.
  [[nodiscard]] std::string hash() const;
  bool operator==(const HeadMask&) const = default;

 private:
  HeadLayout m_layout;
  std::vector<std::uint8_t> m_kept;
};

/// The `keep` heads with the largest scores; ties go to the smaller flat index. `scores` has one value a head.
/// Throws Error when keep is outside 0..N or the sizes differ.
[[nodiscard]] HeadMask keepTop(const HeadLayout& layout, std::span<const double> scores, int keep);
/// Flat indices from the head to keep first to the head to prune first: the order that keepTop cuts.
[[nodiscard]] std::vector<int> keepOrder(std::span<const double> scores);
/// `keep` heads chosen at random by a generator seeded with `seed`; the same on every machine.
[[nodiscard]] HeadMask keepRandom(const HeadLayout& layout, int keep, std::uint64_t seed);

/// How unevenly kept heads are spread over blocks: 0 = the same in every block, towards 1 = all in one.
[[nodiscard]] double giniOfBlocks(const HeadMask& mask);
/// So many blocks with equally many heads each would be spread as widely: e to the entropy of the kept heads' blocks; 0
/// where none is kept.
[[nodiscard]] double effectiveBlocks(const HeadMask& mask);

}  // namespace headroom
