// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/model/transformer.h"

namespace headroom {

/// LoRA (Hu et al. 2021, eq. 3): the query and value projections of every attention block become W + 2 B A, where W
/// stays, and A [rank, in] and B [out, rank] are learned, ten times as fast as weights are: an optimiser that moves
/// every value by about its rate, as Adam does, sees them at a tenth of their size. A classifier's head is learned too,
/// whole, as is usual; the output of a model that predicts tokens stays. B begins at zero: the model is what it was.
class LowRankAdapters {
 public:
  static constexpr int kRank = 8;

  /// The model's weights are shared, and never changed. Throws Error(BadInput) where there is nothing to learn.
  LowRankAdapters(const Transformer& model, std::uint64_t seed);

  /// For an optimiser: A and B of each projection, and the head's own copies.
  [[nodiscard]] const Parameters& learned() const { return m_learned; }
  /// The model's weights as they are adapted now; gradients flow to learned().
  [[nodiscard]] Parameters adapted() const;

 private:
  [[nodiscard]] bool learnsWhole(const ParameterSpec& spec) const { return spec.head && m_learnsHead; }

  Parameters m_weights, m_learned;
  bool m_learnsHead;
};

}  // namespace headroom
