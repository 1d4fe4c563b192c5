// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/latency_table.h"

#include <algorithm>
#include <set>

#include "core/base/error.h"

namespace headroom {

double BlockCosts::at(int keptHeads, int keyValueHeads) const {
  const auto above = std::lower_bound(heads.begin(), heads.end(), keptHeads);
  if (above == heads.end())
    throw Error(ErrorKind::BadInput, "latency: found a mask with more heads in a block than were measured");
  const auto i = static_cast<size_t>(above - heads.begin());
  double time = ms[i];
  if (heads[i] != keptHeads) {
    const double share = static_cast<double>(keptHeads - heads[i - 1]) / (heads[i] - heads[i - 1]);
    time = ms[i - 1] + share * (ms[i] - ms[i - 1]);
  }
  const int fewest = (keptHeads + groupSize - 1) / groupSize;
  return time + keyValueMs * std::max(0, keyValueHeads - fewest);
}

void BlockCosts::fit() {
  double count = 0, sumX = 0, sumY = 0, sumXX = 0, sumXY = 0;
  for (size_t i = 0; i < heads.size(); ++i) {
    if (heads[i] == 0) continue;
    const double x = heads[i];
    count += 1;
    sumX += x;
    sumY += ms[i];
    sumXX += x * x;
    sumXY += x * ms[i];
  }
  const double determinant = count * sumXX - sumX * sumX;
  slope = determinant > 0 ? (count * sumXY - sumX * sumY) / determinant : 0;
  intercept = count > 0 ? (sumY - slope * sumX) / count : 0;
}

const BlockCosts& LatencyTable::costsOf(const BlockId& id) const {
  for (const BlockCosts& costs : blocks)
    if (costs.group == blockGroupName(id)) return costs;
  throw Error(ErrorKind::BadInput,
              "latency: found a mask with " + blockGroupName(id) + " attention, which was not measured");
}

double LatencyTable::predictBlock(const HeadMask& mask, int block) const {
  const AttentionBlock& shape = mask.layout().blocks()[static_cast<size_t>(block)];
  std::set<int> keyValues;
  for (int head = 0; head < shape.heads; ++head)
    if (mask.kept(HeadId{block, head})) keyValues.insert(shape.keyValueOf(head));
  return costsOf(shape.id).at(mask.keptIn(block), static_cast<int>(keyValues.size()));
}

double LatencyTable::predictAttention(const HeadMask& mask) const {
  double sum = 0;
  for (int block = 0; block < mask.layout().blockCount(); ++block) sum += predictBlock(mask, block);
  return sum;
}

double LatencyTable::predict(const HeadMask& mask) const {
  double sum = endsMs + predictAttention(mask);
  for (const LayerRest& rest : rests) sum += rest.layers * rest.ms;
  return sum;
}

}  // namespace headroom
