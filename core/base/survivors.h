// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/base/comparison.h"

namespace headroom {

/// Cells of a campaign: one method's at one K, of one seed or of all.
struct CellChoice {
  Regime regime = Regime::PostHoc;
  std::string method;
  int keep = 0;
  std::optional<std::uint64_t> seed;
  bool operator==(const CellChoice&) const = default;
};
/// Those that are done.
[[nodiscard]] std::vector<const CompareCell*> chosenCells(const Comparison& comparison, const CellChoice& choice);
/// In which share of the chosen cells each head survives, 0..1 in flat order; empty where none is done.
[[nodiscard]] std::vector<double> survivalShares(const Comparison& comparison, const CellChoice& choice);
/// The rank of each head, 1 = kept first, as the mean over the chosen cells; empty where none tells an order.
[[nodiscard]] std::vector<double> meanRanks(const Comparison& comparison, const CellChoice& choice);

/// |both kept| / |kept in either|; 1 when neither keeps any.
[[nodiscard]] double jaccard(const HeadMask& a, const HeadMask& b);
/// The expected Jaccard index of two random choices of `keep` of `all` heads.
[[nodiscard]] double chanceJaccard(int keep, int all);
/// The same where one choice has `first` heads and the other `second`.
[[nodiscard]] double chanceJaccard(int first, int second, int all);

/// How much several choices agree at one K.
struct OverlapMatrix {
  std::vector<CellChoice> choices;
  std::vector<double> values;  ///< mean over pairs of different cells, row by row; NaN where there are none
  double chance = 0;           ///< what two random choices of K heads agree
  double least = 0;            ///< what could not agree less
  [[nodiscard]] double at(size_t row, size_t column) const { return values[row * choices.size() + column]; }
};
/// Jaccard indices of survivors, methods against each other; on the diagonal a method's seeds.
[[nodiscard]] OverlapMatrix overlapOfMethods(const Comparison& comparison, Regime regime, int keep);
/// Every cell against every other.
[[nodiscard]] OverlapMatrix overlapOfSeeds(const Comparison& comparison, Regime regime, int keep);

/// Kendall's tau-b of the orders that methods bring all units into, on the diagonal of a method's seeds; of those that
/// give one.
[[nodiscard]] OverlapMatrix agreementOfOrders(const Comparison& comparison, Regime regime, int keep);

/// Bottom (next to the input), middle and top third of the layers of every stack.
using DepthThirds = std::array<double, 3>;
[[nodiscard]] DepthThirds keptByDepth(const HeadMask& mask);
/// One method's survivors by depth.
struct DepthRow {
  std::string method;
  DepthThirds kept{};  ///< heads, mean over the seeds
};
/// By method, of one regime and K.
[[nodiscard]] std::vector<DepthRow> depthRows(const Comparison& comparison, Regime regime, int keep);

/// The numbers of heads kept of a regime's done cells, increasing.
[[nodiscard]] std::vector<int> keepsOf(const Comparison& comparison, Regime regime);
/// Methods and seeds of a regime's done cells at one K, in the order of their names and numbers.
[[nodiscard]] std::vector<std::string> methodsOf(const Comparison& comparison, Regime regime, int keep);
[[nodiscard]] std::vector<std::uint64_t> seedsOf(const Comparison& comparison, Regime regime, int keep,
                                                 const std::string& method);

}  // namespace headroom
