// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/head_mask.h"

namespace headroom {

/// What is kept or pruned at once: every query head by itself ("head"), or a key/value head with all the query heads
/// that read it ("group"). Masks, scores and curves always speak of query heads; K and gates count units.
class HeadUnits {
 public:
  /// Throws Error(BadInput) for another name, and for "group" where no query heads share a key/value head.
  HeadUnits(const HeadLayout& heads, const std::string& unit);

  /// The layout in which every unit stands for one head.
  [[nodiscard]] const HeadLayout& units() const { return m_units; }
  [[nodiscard]] int count() const { return m_units.headCount(); }
  /// The most query heads that one unit has; 0 for a model without heads.
  [[nodiscard]] int largest() const;
  /// The unit of a query head, by flat indices.
  [[nodiscard]] int unitOf(int head) const { return m_unitOf[static_cast<size_t>(head)]; }

  /// Every query head with its unit's value.
  [[nodiscard]] std::vector<double> toHeads(std::span<const double> perUnit) const;
  [[nodiscard]] std::vector<int> toHeads(std::span<const int> units) const;
  [[nodiscard]] HeadMask toHeads(const HeadMask& ofUnits) const;
  /// Sum and mean over each unit's query heads.
  [[nodiscard]] std::vector<double> sums(std::span<const double> perHead) const;
  [[nodiscard]] std::vector<double> means(std::span<const double> perHead) const;

  /// Flat indices of query heads from the first to keep to the first to prune, whole units by their mean score; ties go
  /// to the smaller index.
  [[nodiscard]] std::vector<int> order(std::span<const double> scores) const;
  /// How many query heads the first 0, 1, ..., count() units of such an order have.
  [[nodiscard]] std::vector<int> stops(std::span<const int> order) const;

 private:
  HeadLayout m_heads;
  HeadLayout m_units;
  std::vector<int> m_unitOf;  ///< of every query head
  std::vector<int> m_sizes;   ///< query heads of every unit
};

}  // namespace headroom
