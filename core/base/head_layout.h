// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <string>
#include <vector>

namespace headroom {

enum class Stack { Encoder, Decoder };
enum class AttentionKind { Self, Cross };

/// One attention block of a model: which stack, self or cross attention, which layer (0 = next to the input).
struct BlockId {
  Stack stack = Stack::Encoder;
  AttentionKind kind = AttentionKind::Self;
  int layer = 0;
  auto operator<=>(const BlockId&) const = default;
};

/// "encoder.self", "decoder.self", "decoder.cross": the names used in mask files.
[[nodiscard]] std::string blockGroupName(const BlockId& id);
/// What a person reads: "layer 3", or "decoder cross 3" where a model has several kinds of attention.
[[nodiscard]] std::string blockLabel(const BlockId& id, bool onlyKind);

/// A block with the heads it has in the model that was opened (0 is legal: a block that was emptied before).
struct AttentionBlock {
  BlockId id;
  int heads = 0;    ///< query heads
  int kvHeads = 0;  ///< key/value heads; equal to `heads` without grouped-query attention
  std::vector<int>
      kvOf{};  ///< the key/value head that each query head reads; empty = equal runs of query heads share one

  /// The key/value head that a query head reads.
  [[nodiscard]] int keyValueOf(int head) const {
    return kvOf.empty() ? head * kvHeads / heads : kvOf[static_cast<size_t>(head)];
  }
  /// Query heads share key/value heads.
  [[nodiscard]] bool grouped() const { return kvHeads > 0 && kvHeads < heads; }
  bool operator==(const AttentionBlock&) const = default;
};

/// Head `head` of the `block`-th entry of a HeadLayout. Both zero-based.
struct HeadId {
  int block = 0;
  int head = 0;
  auto operator<=>(const HeadId&) const = default;
};

/// All attention blocks of a model in order, and the only flattening of (block, head) to one index.
class HeadLayout {
 public:
  HeadLayout() = default;
  explicit HeadLayout(std::vector<AttentionBlock> blocks);

  [[nodiscard]] const std::vector<AttentionBlock>& blocks() const { return m_blocks; }
  [[nodiscard]] int blockCount() const { return static_cast<int>(m_blocks.size()); }
  [[nodiscard]] int headCount() const { return m_offsets.back(); }
  [[nodiscard]] int keyValueHeadCount() const;
  /// Somewhere query heads share key/value heads.
  [[nodiscard]] bool grouped() const;
  [[nodiscard]] int headsIn(int block) const { return m_blocks[static_cast<size_t>(block)].heads; }
  [[nodiscard]] int widestBlock() const;
  /// Index of the block's first head in flat arrays; firstOf(blockCount()) is headCount().
  [[nodiscard]] int firstOf(int block) const { return m_offsets[static_cast<size_t>(block)]; }
  [[nodiscard]] int flat(HeadId id) const { return firstOf(id.block) + id.head; }
  [[nodiscard]] HeadId at(int flatIndex) const;
  [[nodiscard]] bool contains(HeadId id) const;
  /// True when all blocks are of one stack and kind, so that "layer 3" names a block.
  [[nodiscard]] bool onlyOneKind() const;
  bool operator==(const HeadLayout& other) const { return m_blocks == other.m_blocks; }

 private:
  std::vector<AttentionBlock> m_blocks;
  std::vector<int> m_offsets{0};
};

}  // namespace headroom
