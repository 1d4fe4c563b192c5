// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/pass_loss.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/gates/hard_concrete.h"

namespace headroom {

namespace hc = hard_concrete;

namespace {

/// sum Pnb + |(n - K) - sum P0| + openingWeight |K - sum P1|
PassPenalty penaltyOf(std::span<const double> logAlpha, int keep, double openingWeight) {
  PassPenalty penalty;
  std::vector<hc::Differentiable> closed, open, between;
  for (const double phi : logAlpha) {
    closed.push_back(hc::closedProbability(phi));
    open.push_back(hc::openProbability(phi));
    between.push_back(hc::betweenProbability(phi));
    penalty.closed += closed.back().value;
    penalty.open += open.back().value;
    penalty.between += between.back().value;
  }
  const double closingDeficit = static_cast<double>(logAlpha.size()) - keep - penalty.closed;
  const double openingDeficit = keep - penalty.open;
  penalty.value = penalty.between + std::abs(closingDeficit) + openingWeight * std::abs(openingDeficit);
  const auto sign = [](double x) { return static_cast<double>((x > 0) - (x < 0)); };
  for (size_t i = 0; i < logAlpha.size(); ++i)
    penalty.gradient.push_back(between[i].slope - sign(closingDeficit) * closed[i].slope -
                               openingWeight * sign(openingDeficit) * open[i].slope);
  return penalty;
}

}  // namespace

PassPenalty passPenalty(std::span<const double> logAlpha, int keep) { return penaltyOf(logAlpha, keep, 1); }
PassPenalty basePenalty(std::span<const double> logAlpha, int keep) { return penaltyOf(logAlpha, keep, 0); }

namespace {

/// For every head of a block, the product of P0 over the block's other heads.
std::vector<double> productsOfOthers(std::span<const double> closed) {
  const size_t n = closed.size();
  std::vector<double> products(n, 1.0);
  double before = 1, after = 1;
  for (size_t i = 0; i < n; ++i) {
    products[i] *= before;
    before *= closed[i];
    products[n - 1 - i] *= after;
    after *= closed[n - 1 - i];
  }
  return products;
}

std::vector<double> closedProbabilities(std::span<const double> logAlpha) {
  std::vector<double> closed;
  for (const double phi : logAlpha) closed.push_back(hc::closedProbability(phi).value);
  return closed;
}

}  // namespace

ConcentratorPenalty concentratorPenalty(const HeadLayout& layout, std::span<const double> logAlpha) {
  ConcentratorPenalty penalty;
  for (int block = 0; block < layout.blockCount(); ++block) {
    const auto heads =
        logAlpha.subspan(static_cast<size_t>(layout.firstOf(block)), static_cast<size_t>(layout.headsIn(block)));
    if (heads.empty()) continue;
    const std::vector<double> closed = closedProbabilities(heads);
    const std::vector<double> others = productsOfOthers(closed);
    penalty.value += 1 - others[0] * closed[0];
    for (size_t i = 0; i < heads.size(); ++i)
      penalty.gradient.push_back(-hc::closedProbability(heads[i]).slope * others[i]);
  }
  return penalty;
}

double concentratorWeight(const HeadLayout& layout, std::span<const double> logAlpha, double closedFrom, double cap) {
  double smallest = std::numeric_limits<double>::infinity();
  for (int block = 0; block < layout.blockCount(); ++block) {
    const auto heads =
        logAlpha.subspan(static_cast<size_t>(layout.firstOf(block)), static_cast<size_t>(layout.headsIn(block)));
    const std::vector<double> closed = closedProbabilities(heads);
    const std::vector<double> others = productsOfOthers(closed);
    for (size_t i = 0; i < heads.size(); ++i) {
      if (heads[i] <= -closedFrom) continue;
      const double towardsOpen = hc::openProbability(heads[i]).slope,
                   towardsClosed = -hc::closedProbability(heads[i]).slope;
      const double ratio = towardsClosed > 0 ? towardsOpen / towardsClosed : 1.0;
      smallest = std::min(smallest, 2 * std::max(1.0, ratio) / std::max(others[i], 1e-8));
    }
  }
  return std::isfinite(smallest) ? std::min(cap, smallest) : 0.0;
}

}  // namespace headroom
