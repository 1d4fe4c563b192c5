// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "core/checkpoint/model_config.h"

namespace headroom {

/// A size that the configuration decides. `Heads` and `KeyValueHeads` are what a block has left, times the head width;
/// `StackHeads` is the number of heads that the stack had before any pruning.
enum class Dim {
  None,
  One,
  Hidden,
  Intermediate,
  Vocabulary,
  Positions,
  Types,
  Labels,
  Heads,
  KeyValueHeads,
  StackHeads,
  Buckets,
  Channels,
  PatchSide,
  PatchTokens
};

/// What a row of a table stands for: one tensor; a linear map's weight [rows, columns] with its bias; the same stored
/// transposed, perhaps as one part of several side by side (GPT-2's Conv1D); a norm's weight with its bias.
enum class RowKind { Tensor, Linear, Conv1d, Norm };
/// Which of the configuration's switches decides whether a linear map has a bias.
enum class BiasOf { Always, Query, Output, FeedForward, Never };

using Condition = bool (*)(const ModelConfig&);

/// "{L}" stands for the layer's number, "{P}" for the family's prefix. Rows of kind Linear, Conv1d and Norm add
/// ".weight" and ".bias" to both names.
struct WeightRow {
  std::string_view canonical;
  std::string_view hfName;
  RowKind kind = RowKind::Tensor;
  std::array<Dim, 4> shape{};
  BiasOf bias = BiasOf::Always;
  Condition when = nullptr;       ///< the model has it only then
  bool head = false;              ///< belongs to the task's head: a bare encoder's checkpoint has none
  int part = 0, parts = 1;        ///< Conv1d: which of so many equal parts
  std::string_view alsoCalled{};  ///< another name that checkpoints use
};

/// All weights of a family: what comes before the layers, a layer of each stack, what comes after.
struct WeightTable {
  std::string_view prefix;  ///< some checkpoints lack it
  std::span<const WeightRow> before;
  std::span<const WeightRow> encoderLayer;
  std::span<const WeightRow> decoderLayer;
  std::span<const WeightRow> after;
};

}  // namespace headroom
