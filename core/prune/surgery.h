// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "core/base/head_mask.h"
#include "core/model/transformer.h"

namespace headroom {

/// The same transformer with only the kept heads' rows (Q, K, V) and columns (O); a key/value head goes with the last
/// query head that reads it. Shares every weight that is not cut. What the removed heads' value bias added is gone, as
/// if their outputs were 0: outputs equal the masked model's up to rounding. A block with no head left keeps its output
/// bias.
[[nodiscard]] Transformer compact(const Transformer& model, const HeadMask& mask);

/// Weights that were cut, by block and heads left: compact models of neighbouring masks share them.
class CutBlocks {
 public:
  using Key = std::pair<int, std::vector<int>>;
  [[nodiscard]] const std::vector<torch::Tensor>* find(const Key& key) const;
  void add(const Key& key, std::vector<torch::Tensor> tensors);
  [[nodiscard]] std::int64_t bytes() const { return m_bytes; }

 private:
  std::map<Key, std::vector<torch::Tensor>> m_blocks;
  std::int64_t m_bytes = 0;
};
/// As compact(model, mask); takes blocks from `cut` where they are known, and adds those that are not.
[[nodiscard]] Transformer compact(const Transformer& model, const HeadMask& mask, CutBlocks& cut);

/// The weights with the columns of W_O that read pruned heads set to 0: loads in any program, computes what the mask
/// does, saves nothing.
[[nodiscard]] Parameters zeroed(const Transformer& model, const HeadMask& mask);

/// The model with what its pruned heads output at rest, their value biases, folded into the output biases of their
/// blocks: a row of an attention map sums to 1, so a head whose values are its bias adds W_O b_V to every position.
/// Under the mask, and cut out, it computes exactly what the model does whose pruned heads output their value bias in
/// place of nothing. Throws Error where the family has no value biases or no output biases to fold into.
[[nodiscard]] Transformer withFoldedValueBiases(const Transformer& model, const HeadMask& mask);
[[nodiscard]] bool hasValueBiases(const ModelConfig& config);

/// Parameters that `mask` leaves of the model.
[[nodiscard]] std::int64_t parametersLeft(const ModelConfig& config, const HeadMask& mask);

}  // namespace headroom
