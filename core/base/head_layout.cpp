// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/head_layout.h"

#include <algorithm>

namespace headroom {

std::string blockGroupName(const BlockId& id) {
  const std::string stack = id.stack == Stack::Encoder ? "encoder" : "decoder";
  return stack + (id.kind == AttentionKind::Self ? ".self" : ".cross");
}

std::string blockLabel(const BlockId& id, bool onlyKind) {
  const std::string layer = std::to_string(id.layer);
  if (onlyKind) return "layer " + layer;
  if (id.stack == Stack::Encoder) return "encoder " + layer;
  return (id.kind == AttentionKind::Self ? "decoder " : "cross ") + layer;
}

HeadLayout::HeadLayout(std::vector<AttentionBlock> blocks) : m_blocks(std::move(blocks)) {
  for (const AttentionBlock& block : m_blocks) m_offsets.push_back(m_offsets.back() + block.heads);
}

int HeadLayout::widestBlock() const {
  int widest = 0;
  for (const AttentionBlock& block : m_blocks) widest = std::max(widest, block.heads);
  return widest;
}

int HeadLayout::keyValueHeadCount() const {
  int count = 0;
  for (const AttentionBlock& block : m_blocks) count += block.kvHeads;
  return count;
}

bool HeadLayout::grouped() const {
  return std::any_of(m_blocks.begin(), m_blocks.end(), [](const AttentionBlock& block) { return block.grouped(); });
}

HeadId HeadLayout::at(int flatIndex) const {
  const auto after = std::upper_bound(m_offsets.begin(), m_offsets.end(), flatIndex);
  const int block = static_cast<int>(after - m_offsets.begin()) - 1;
  return {block, flatIndex - firstOf(block)};
}

bool HeadLayout::contains(HeadId id) const {
  return id.block >= 0 && id.block < blockCount() && id.head >= 0 && id.head < headsIn(id.block);
}

bool HeadLayout::onlyOneKind() const {
  return std::all_of(m_blocks.begin(), m_blocks.end(), [this](const AttentionBlock& block) {
    return block.id.stack == m_blocks.front().id.stack && block.id.kind == m_blocks.front().id.kind;
  });
}

}  // namespace headroom
