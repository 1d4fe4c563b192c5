// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

/// A penalty, its parts and its gradient with respect to every log alpha.
struct PassPenalty {
  double value = 0;
  double open = 0;     ///< sum of P(gate = 1)
  double closed = 0;   ///< sum of P(gate = 0)
  double between = 0;  ///< sum of P(0 < gate < 1)
  std::vector<double> gradient;
};

/// R_pass = sum Pnb + |(n - K) - sum P0| + |K - sum P1| (PASS, Eq. 7). Its infimum 0 is reached only where exactly K
/// gates are open and the others closed with probability 1.
[[nodiscard]] PassPenalty passPenalty(std::span<const double> logAlpha, int keep);

/// R_base = sum Pnb + |(n - K) - sum P0| (PASS, Eq. 6): without the count of open gates every settled choice of K or
/// more open gates is a local optimum.
[[nodiscard]] PassPenalty basePenalty(std::span<const double> logAlpha, int keep);

/// R_conc = sum over attention blocks of (1 - prod P0): the expected number of live blocks.
struct ConcentratorPenalty {
  double value = 0;
  std::vector<double> gradient;
};
[[nodiscard]] ConcentratorPenalty concentratorPenalty(const HeadLayout& layout, std::span<const double> logAlpha);

/// lambda_c: the smallest weight at which R_conc closes a head against R_pass, over all heads that are not closed
/// (log alpha > -closedFrom), at most `cap`; 0 when every head is closed. Products of P0 are floored at 1e-8 (it would
/// be infinite for an open block).
[[nodiscard]] double concentratorWeight(const HeadLayout& layout, std::span<const double> logAlpha, double closedFrom,
                                        double cap);

}  // namespace headroom
