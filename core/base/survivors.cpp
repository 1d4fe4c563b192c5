// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/survivors.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "core/base/head_units.h"
#include "core/base/rank_correlation.h"

namespace headroom {

namespace {

using Cells = std::vector<const CompareCell*>;

/// How much two cells agree; none where that cannot be told.
using Agreement = std::function<std::optional<double>(const CompareCell& a, const CompareCell& b)>;

/// Mean over the pairs of different cells.
double meanAgreement(const Cells& a, const Cells& b, const Agreement& agreement) {
  double sum = 0;
  int pairs = 0;
  for (const CompareCell* first : a)
    for (const CompareCell* second : b) {
      const bool seen = &a == &b && second <= first;  // itself, or the pair the other way round
      const std::optional<double> value = seen ? std::nullopt : agreement(*first, *second);
      sum += value.value_or(0);
      pairs += value ? 1 : 0;
    }
  return pairs > 0 ? sum / pairs : std::numeric_limits<double>::quiet_NaN();
}

OverlapMatrix matrixOf(const Comparison& comparison, std::vector<CellChoice> choices, const Agreement& agreement) {
  OverlapMatrix matrix;
  std::vector<Cells> cells;
  for (const CellChoice& choice : choices) cells.push_back(chosenCells(comparison, choice));
  const size_t n = choices.size();
  matrix.values.assign(n * n, 0);
  for (size_t row = 0; row < n; ++row)
    for (size_t column = 0; column <= row; ++column)
      matrix.values[row * n + column] = matrix.values[column * n + row] =
          meanAgreement(cells[row], cells[column], agreement);
  matrix.choices = std::move(choices);
  return matrix;
}

OverlapMatrix overlapOf(const Comparison& comparison, std::vector<CellChoice> choices, int keep) {
  OverlapMatrix matrix = matrixOf(comparison, std::move(choices),
                                  [](const CompareCell& a, const CompareCell& b) { return jaccard(a.mask, b.mask); });
  matrix.chance = chanceJaccard(keep, comparison.unitCount());
  return matrix;
}

/// The layers of each stack and kind of attention.
std::map<std::string, int> depths(const HeadLayout& layout) {
  std::map<std::string, int> layers;
  for (const AttentionBlock& block : layout.blocks()) {
    int& count = layers[blockGroupName(block.id)];
    count = std::max(count, block.id.layer + 1);
  }
  return layers;
}

}  // namespace

std::vector<const CompareCell*> chosenCells(const Comparison& comparison, const CellChoice& choice) {
  Cells chosen;
  for (const CompareCell& cell : comparison.cells)
    if (cell.done && cell.regime == choice.regime && cell.method == choice.method && cell.keep == choice.keep &&
        (!choice.seed || cell.seed == *choice.seed))
      chosen.push_back(&cell);
  return chosen;
}

std::vector<double> survivalShares(const Comparison& comparison, const CellChoice& choice) {
  const Cells cells = chosenCells(comparison, choice);
  if (cells.empty()) return {};
  std::vector<double> shares(static_cast<size_t>(comparison.layout.headCount()), 0);
  for (const CompareCell* cell : cells)
    for (size_t head = 0; head < shares.size(); ++head)
      if (cell->mask.kept(static_cast<int>(head))) shares[head] += 1.0 / static_cast<double>(cells.size());
  return shares;
}

std::vector<double> meanRanks(const Comparison& comparison, const CellChoice& choice) {
  const size_t heads = static_cast<size_t>(comparison.layout.headCount());
  std::vector<std::vector<double>> ranks;
  for (const CompareCell* cell : chosenCells(comparison, choice))
    if (cell->scores.size() == heads) ranks.push_back(descendingRanks(cell->scores));
  if (ranks.empty()) return {};
  std::vector<double> mean(heads, 0);
  for (const std::vector<double>& each : ranks)
    for (size_t head = 0; head < heads; ++head) mean[head] += each[head] / static_cast<double>(ranks.size());
  return mean;
}

double jaccard(const HeadMask& a, const HeadMask& b) {
  int both = 0, either = 0;
  for (int head = 0; head < a.headCount(); ++head) {
    both += a.kept(head) && b.kept(head) ? 1 : 0;
    either += a.kept(head) || b.kept(head) ? 1 : 0;
  }
  return either > 0 ? static_cast<double>(both) / either : 1;
}

double chanceJaccard(int keep, int all) { return chanceJaccard(keep, keep, all); }

double chanceJaccard(int first, int second, int all) {
  if (first + second <= 0 || all <= 0) return 1;
  // The overlap o of two random choices is hypergeometric; the index is o / (K + L - o).
  double sum = 0;
  const auto logChoose = [](int n, int k) {
    return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0);
  };
  for (int overlap = std::max(0, first + second - all); overlap <= std::min(first, second); ++overlap)
    sum += std::exp(logChoose(first, overlap) + logChoose(all - first, second - overlap) - logChoose(all, second)) *
           overlap / (static_cast<double>(first) + second - overlap);
  return sum;
}

OverlapMatrix overlapOfMethods(const Comparison& comparison, Regime regime, int keep) {
  std::vector<CellChoice> choices;
  for (const std::string& method : methodsOf(comparison, regime, keep))
    choices.push_back({regime, method, keep, std::nullopt});
  return overlapOf(comparison, std::move(choices), keep);
}

OverlapMatrix overlapOfSeeds(const Comparison& comparison, Regime regime, int keep) {
  std::vector<CellChoice> choices;
  for (const std::string& method : methodsOf(comparison, regime, keep))
    for (const std::uint64_t seed : seedsOf(comparison, regime, keep, method))
      choices.push_back({regime, method, keep, seed});
  return overlapOf(comparison, std::move(choices), keep);
}

OverlapMatrix agreementOfOrders(const Comparison& comparison, Regime regime, int keep) {
  const HeadUnits units(comparison.layout, comparison.unit);
  std::vector<CellChoice> choices;
  std::map<const CompareCell*, std::vector<double>> scores;  // of units: what a method ties on purpose is no order
  for (const std::string& method : methodsOf(comparison, regime, keep)) {
    const CellChoice choice{regime, method, keep, std::nullopt};
    if (meanRanks(comparison, choice).empty()) continue;
    choices.push_back(choice);
    for (const CompareCell* cell : chosenCells(comparison, choice))
      if (cell->scores.size() == static_cast<size_t>(comparison.layout.headCount()))
        scores[cell] = units.means(cell->scores);
  }
  OverlapMatrix matrix =
      matrixOf(comparison, std::move(choices), [&scores](const CompareCell& a, const CompareCell& b) {
        const auto first = scores.find(&a), second = scores.find(&b);
        return first == scores.end() || second == scores.end() ? std::nullopt
                                                               : kendallTau(first->second, second->second);
      });
  matrix.least = -1;
  return matrix;
}

DepthThirds keptByDepth(const HeadMask& mask) {
  const HeadLayout& layout = mask.layout();
  const std::map<std::string, int> layers = depths(layout);
  DepthThirds kept{};
  for (int block = 0; block < layout.blockCount(); ++block) {
    const BlockId& id = layout.blocks()[static_cast<size_t>(block)].id;
    // The third that the middle of the layer lies in.
    const int third = 3 * (2 * id.layer + 1) / (2 * layers.at(blockGroupName(id)));
    kept[static_cast<size_t>(third)] += mask.keptIn(block);
  }
  return kept;
}

std::vector<DepthRow> depthRows(const Comparison& comparison, Regime regime, int keep) {
  std::vector<DepthRow> rows;
  for (const std::string& method : methodsOf(comparison, regime, keep)) {
    DepthRow row{method};
    const Cells cells = chosenCells(comparison, {regime, method, keep, std::nullopt});
    for (const CompareCell* cell : cells) {
      const DepthThirds kept = keptByDepth(cell->mask);
      for (size_t third = 0; third < kept.size(); ++third)
        row.kept[third] += kept[third] / static_cast<double>(cells.size());
    }
    rows.push_back(row);
  }
  return rows;
}

std::vector<int> keepsOf(const Comparison& comparison, Regime regime) {
  std::set<int> keeps;
  for (const CompareCell& cell : comparison.cells)
    if (cell.done && cell.regime == regime) keeps.insert(cell.keep);
  return {keeps.begin(), keeps.end()};
}

std::vector<std::string> methodsOf(const Comparison& comparison, Regime regime, int keep) {
  std::set<std::string> methods;
  for (const CompareCell& cell : comparison.cells)
    if (cell.done && cell.regime == regime && cell.keep == keep) methods.insert(cell.method);
  return {methods.begin(), methods.end()};
}

std::vector<std::uint64_t> seedsOf(const Comparison& comparison, Regime regime, int keep, const std::string& method) {
  std::set<std::uint64_t> seeds;
  for (const CompareCell* cell : chosenCells(comparison, {regime, method, keep, std::nullopt}))
    seeds.insert(cell->seed);
  return {seeds.begin(), seeds.end()};
}

}  // namespace headroom
