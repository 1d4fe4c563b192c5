// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/head_units.h"

#include <algorithm>

#include "core/base/error.h"

namespace headroom {

HeadUnits::HeadUnits(const HeadLayout& heads, const std::string& unit) : m_heads(heads) {
  const bool groups = unit == "group";
  if (!groups && unit != "head")
    throw Error(ErrorKind::BadInput, "unit: found \"" + unit + "\", expected head or group");
  if (groups && !heads.grouped())
    throw Error(ErrorKind::BadInput,
                "unit: found \"group\", expected head: no query heads of this model share a key/value head");
  std::vector<AttentionBlock> blocks = heads.blocks();
  int first = 0;
  for (AttentionBlock& block : blocks) {
    for (int head = 0; head < block.heads; ++head) m_unitOf.push_back(first + (groups ? block.keyValueOf(head) : head));
    block.heads = block.kvHeads = groups ? block.kvHeads : block.heads;
    block.kvOf.clear();
    first += block.heads;
  }
  m_units = HeadLayout(std::move(blocks));
  m_sizes.assign(static_cast<size_t>(m_units.headCount()), 0);
  for (const int each : m_unitOf) ++m_sizes[static_cast<size_t>(each)];
}

int HeadUnits::largest() const { return m_sizes.empty() ? 0 : *std::max_element(m_sizes.begin(), m_sizes.end()); }

std::vector<double> HeadUnits::toHeads(std::span<const double> perUnit) const {
  std::vector<double> perHead;
  for (const int unit : m_unitOf) perHead.push_back(perUnit[static_cast<size_t>(unit)]);
  return perHead;
}

std::vector<int> HeadUnits::toHeads(std::span<const int> units) const {
  std::vector<int> heads;
  for (const int unit : units)
    for (size_t head = 0; head < m_unitOf.size(); ++head)
      if (m_unitOf[head] == unit) heads.push_back(static_cast<int>(head));
  return heads;
}

HeadMask HeadUnits::toHeads(const HeadMask& ofUnits) const {
  HeadMask mask(m_heads, false);
  for (size_t head = 0; head < m_unitOf.size(); ++head) mask.set(static_cast<int>(head), ofUnits.kept(m_unitOf[head]));
  return mask;
}

std::vector<double> HeadUnits::sums(std::span<const double> perHead) const {
  std::vector<double> sums(m_sizes.size(), 0.0);
  for (size_t head = 0; head < m_unitOf.size(); ++head) sums[static_cast<size_t>(m_unitOf[head])] += perHead[head];
  return sums;
}

std::vector<double> HeadUnits::means(std::span<const double> perHead) const {
  std::vector<double> means = sums(perHead);
  for (size_t unit = 0; unit < means.size(); ++unit) means[unit] /= m_sizes[unit];
  return means;
}

std::vector<int> HeadUnits::order(std::span<const double> scores) const { return toHeads(keepOrder(means(scores))); }

std::vector<int> HeadUnits::stops(std::span<const int> order) const {
  std::vector<int> stops{0};
  for (size_t kept = 0; kept < order.size();) {
    kept =
        std::min(order.size(),
                 kept + static_cast<size_t>(m_sizes[static_cast<size_t>(m_unitOf[static_cast<size_t>(order[kept])])]));
    stops.push_back(static_cast<int>(kept));
  }
  return stops;
}

}  // namespace headroom
