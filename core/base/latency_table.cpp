// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/latency_table.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/base/error.h"

namespace headroom {

namespace {

std::string misfitOf(const BlockCosts& costs) {
  const std::vector<int>& heads = costs.heads;
  if (heads.empty() || heads.front() != 0 ||
      std::adjacent_find(heads.begin(), heads.end(), std::greater_equal<>()) != heads.end())
    return "found numbers of heads of " + costs.group + " that do not rise from 0, expected some that do";
  if (costs.ms.size() != heads.size())
    return "found " + std::to_string(costs.ms.size()) + " times for " + std::to_string(heads.size()) +
           " numbers of heads of " + costs.group + ", expected one a number";
  if (costs.groupSize < 1)
    return "found " + std::to_string(costs.groupSize) + " query heads a key/value head of " + costs.group +
           ", expected 1 or more";
  const bool finite = std::all_of(costs.ms.begin(), costs.ms.end(), [](double ms) { return std::isfinite(ms); });
  if (!finite || !std::isfinite(costs.keyValueMs))
    return "found times of " + costs.group + " that are no finite numbers, expected milliseconds";
  return {};
}

}  // namespace

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

std::string LatencyTable::misfit(const HeadLayout& layout) const {
  if (settings.batch < 1 || settings.length < 1)
    return "found batch " + std::to_string(settings.batch) + " x " + std::to_string(settings.length) +
           ", expected 1 x 1 or more";
  if (!std::isfinite(endsMs)) return "found a time before and after the layers that is no finite number";
  for (const LayerRest& rest : rests)
    if (rest.layers < 0 || !std::isfinite(rest.ms))
      return "found " + std::to_string(rest.ms) + " ms in each of " + std::to_string(rest.layers) +
             " layers, expected a finite number and 0 layers or more";
  for (const BlockCosts& costs : blocks)
    if (std::string wrong = misfitOf(costs); !wrong.empty()) return wrong;
  for (const AttentionBlock& block : layout.blocks()) {
    const std::string group = blockGroupName(block.id);
    const auto costs =
        std::find_if(blocks.begin(), blocks.end(), [&](const BlockCosts& c) { return c.group == group; });
    const int most = costs == blocks.end() ? -1 : costs->heads.back();
    if (most < block.heads)
      return "found " + (most < 0 ? "no times" : "times of at most " + std::to_string(most) + " heads") + " of " +
             group + ", expected those of " + std::to_string(block.heads) + " heads";
  }
  return {};
}

bool LatencyTable::measuredOn(const std::string& onMachine, const std::string& onDevice, int withThreads) const {
  return machine == onMachine && device == onDevice && threads == withThreads;
}

bool LatencyTable::sameConditionsAs(const LatencyTable& other) const {
  return measuredOn(other.machine, other.device, other.threads) && dtype == other.dtype &&
         settings.batch == other.settings.batch && settings.length == other.settings.length;
}

std::string LatencyTable::conditions() const {
  std::string text = "batch " + std::to_string(settings.batch) + " x " + std::to_string(settings.length);
  const std::string version = libtorch.empty() ? "" : "LibTorch " + libtorch;
  for (const std::string& known : {dtype, device, machine, version, measured})
    if (!known.empty()) text += ", " + known;
  return text;
}

}  // namespace headroom
