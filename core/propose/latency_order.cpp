// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/propose/latency_order.h"

#include <algorithm>
#include <limits>

namespace headroom {

namespace {

struct Step {
  int block = -1;
  int count = 0;  ///< units removed
  double costPerMs = std::numeric_limits<double>::infinity();
};

class Removal {
 public:
  Removal(const HeadUnits& units, std::span<const double> scores, const LatencyTable& table)
      : m_units(units),
        m_table(table),
        m_mask(units.toHeads(HeadMask(units.units()))),
        m_cost(static_cast<size_t>(units.count())) {
    const std::vector<int> order = keepOrder(units.means(scores));
    m_rest.resize(static_cast<size_t>(units.units().blockCount()));
    for (size_t i = 0; i < order.size(); ++i) {
      m_cost[static_cast<size_t>(order[i])] = static_cast<double>(order.size() - i);
      m_rest[static_cast<size_t>(units.units().at(order[i]).block)].push_back(order[i]);
    }
  }

  std::vector<int> order() {
    std::vector<int> removed;
    for (int block = 0; block < m_mask.layout().blockCount(); ++block) m_steps.push_back(stepIn(block));
    while (static_cast<int>(removed.size()) < m_units.count()) {
      const Step step = *std::min_element(m_steps.begin(), m_steps.end(), cheaper);
      std::vector<int>& rest = m_rest[static_cast<size_t>(step.block)];
      for (int i = 0; i < step.count; ++i) {
        removed.push_back(rest.back());
        remove(rest.back(), m_mask);
        rest.pop_back();
      }
      m_steps[static_cast<size_t>(step.block)] = stepIn(step.block);  // a block's time hangs on its own heads alone
    }
    std::reverse(removed.begin(), removed.end());
    return m_units.toHeads(removed);
  }

 private:
  void remove(int unit, HeadMask& mask) const {
    for (const int head : m_units.toHeads(std::vector<int>{unit})) mask.set(head, false);
  }

  static bool cheaper(const Step& a, const Step& b) { return a.costPerMs < b.costPerMs; }

  /// The cheapest way to go on in one block. Where nothing saves time the least important unit goes.
  [[nodiscard]] Step stepIn(int block) const {
    Step best;
    const std::vector<int>& rest = m_rest[static_cast<size_t>(block)];
    HeadMask without = m_mask;
    const double now = m_table.predictBlock(m_mask, block);
    double cost = 0;
    for (int count = 1; count <= static_cast<int>(rest.size()); ++count) {
      const int unit = rest[rest.size() - static_cast<size_t>(count)];
      remove(unit, without);
      cost += m_cost[static_cast<size_t>(unit)];
      const double saved = std::max(now - m_table.predictBlock(without, block), 1e-9);
      if (cost / saved < best.costPerMs) best = {block, count, cost / saved};
    }
    return best;
  }

  const HeadUnits& m_units;
  const LatencyTable& m_table;
  HeadMask m_mask;
  std::vector<double> m_cost;
  std::vector<std::vector<int>> m_rest;  ///< units that each block still has, the least important one last
  std::vector<Step> m_steps;             ///< the cheapest one in each block
};

}  // namespace

std::vector<int> latencyOrder(const HeadUnits& units, std::span<const double> scores, const LatencyTable& table) {
  return Removal(units, scores, table).order();
}

}  // namespace headroom
