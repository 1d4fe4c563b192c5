// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/model/parameters.h"

namespace headroom {

/// LoRA (Hu et al. 2021, eq. 3): the query and value projections of every attention block become W + 2 B A, where W
/// stays, and A [rank, in] and B [out, rank] are learned. So is the task's head, whole, as is usual. B begins at zero:
/// the model is what it was.
class LowRankAdapters {
 public:
  static constexpr int kRank = 8;

  /// `weights` are shared, and never changed. Throws Error(BadInput) where there is nothing to learn.
  LowRankAdapters(Parameters weights, std::uint64_t seed);

  /// For an optimiser: A and B of each projection, and the head's own copies.
  [[nodiscard]] Parameters& learned() { return m_learned; }
  /// The model's weights as they are adapted now; gradients flow to learned().
  [[nodiscard]] Parameters adapted() const;

 private:
  Parameters m_weights, m_learned;
};

}  // namespace headroom
