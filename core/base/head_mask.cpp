// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/head_mask.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/error.h"
#include "core/base/rng.h"

namespace headroom {

namespace {

void requireKeepInRange(int keep, int heads) {
  if (keep < 0 || keep > heads)
    throw Error(ErrorKind::BadInput, "heads to keep: found " + std::to_string(keep) + ", expected 0 to " +
                                         std::to_string(heads) + " (the heads of this model)");
}

}  // namespace

HeadMask::HeadMask(HeadLayout layout, bool kept)
    : m_layout(std::move(layout)), m_kept(static_cast<size_t>(m_layout.headCount()), kept ? 1 : 0) {}

int HeadMask::keptCount() const { return std::accumulate(m_kept.begin(), m_kept.end(), 0); }

int HeadMask::keptIn(int block) const {
  return std::accumulate(m_kept.begin() + m_layout.firstOf(block), m_kept.begin() + m_layout.firstOf(block + 1), 0);
}

int HeadMask::keptKeyValueCount() const {
  int count = 0;
  for (int block = 0; block < m_layout.blockCount(); ++block) {
    const AttentionBlock& shape = m_layout.blocks()[static_cast<size_t>(block)];
    std::vector<bool> read(static_cast<size_t>(shape.kvHeads), false);
    for (int head = 0; head < shape.heads; ++head)
      if (kept(HeadId{block, head})) read[static_cast<size_t>(shape.keyValueOf(head))] = true;
    count += static_cast<int>(std::count(read.begin(), read.end(), true));
  }
  return count;
}

int HeadMask::liveBlocks() const {
  int live = 0;
  for (int block = 0; block < m_layout.blockCount(); ++block) live += keptIn(block) > 0 ? 1 : 0;
  return live;
}

double HeadMask::sparsity() const {
  return m_kept.empty() ? 0.0 : 1.0 - static_cast<double>(keptCount()) / static_cast<double>(headCount());
}

std::string HeadMask::hash() const {
  // FNV-1a over the block shapes and the kept bytes: an identity, not a secret.
  std::uint64_t h = 0xcbf29ce484222325ULL;
  const auto eat = [&h](std::uint64_t byte) { h = (h ^ (byte & 0xff)) * 0x100000001b3ULL; };
  for (const AttentionBlock& block : m_layout.blocks()) {
    eat(static_cast<std::uint64_t>(block.id.stack));
    eat(static_cast<std::uint64_t>(block.id.kind));
    eat(static_cast<std::uint64_t>(block.heads));
    eat(static_cast<std::uint64_t>(block.heads) >> 8);
  }
  for (const std::uint8_t kept : m_kept) eat(kept);
  std::string text(16, '0');
  for (size_t i = 16; i-- > 0; h >>= 4) text[i] = "0123456789abcdef"[h & 15];
  return text;
}

std::vector<int> keepOrder(std::span<const double> scores) {
  std::vector<int> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return scores[static_cast<size_t>(a)] > scores[static_cast<size_t>(b)]; });
  return order;
}

HeadMask keepTop(const HeadLayout& layout, std::span<const double> scores, int keep) {
  if (static_cast<int>(scores.size()) != layout.headCount())
    throw Error(ErrorKind::BadInput, "scores: found " + std::to_string(scores.size()) + " values, expected " +
                                         std::to_string(layout.headCount()) + " (one a head)");
  requireKeepInRange(keep, layout.headCount());
  HeadMask mask(layout, false);
  const std::vector<int> order = keepOrder(scores);
  for (int i = 0; i < keep; ++i) mask.set(order[static_cast<size_t>(i)], true);
  return mask;
}

HeadMask keepRandom(const HeadLayout& layout, int keep, std::uint64_t seed) {
  requireKeepInRange(keep, layout.headCount());
  std::vector<int> order(static_cast<size_t>(layout.headCount()));
  std::iota(order.begin(), order.end(), 0);
  Rng rng(seed, 0x6d61736b);
  rng.shuffle(std::span<int>(order));
  HeadMask mask(layout, false);
  for (int i = 0; i < keep; ++i) mask.set(order[static_cast<size_t>(i)], true);
  return mask;
}

double giniOfBlocks(const HeadMask& mask) {
  const int n = mask.layout().blockCount();
  std::vector<int> counts;
  for (int block = 0; block < n; ++block) counts.push_back(mask.keptIn(block));
  std::sort(counts.begin(), counts.end());
  double weighted = 0, sum = 0;
  for (int i = 0; i < n; ++i) {
    weighted += (2.0 * (i + 1) - n - 1) * counts[static_cast<size_t>(i)];
    sum += counts[static_cast<size_t>(i)];
  }
  return sum == 0 ? 0.0 : weighted / (n * sum);
}

double effectiveBlocks(const HeadMask& mask) {
  const double all = mask.keptCount();
  if (all == 0) return 0;
  double entropy = 0;
  for (int block = 0; block < mask.layout().blockCount(); ++block) {
    const double share = mask.keptIn(block) / all;
    if (share > 0) entropy -= share * std::log(share);
  }
  return std::exp(entropy);
}

}  // namespace headroom
