// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/head_layout.h"

namespace headroom {

enum class Activation { Gelu, GeluTanh, Relu, Silu };
enum class NormPlacement { Post, Pre };
enum class PositionKind { Learned, Sinusoidal, Rotary };

/// The whole difference between families. Read from a Hugging Face config.json and checked: every size is positive and
/// sane, heads divide hidden, pruned heads exist. The weights may have other ideas: resolveWeights() compares.
struct ModelConfig {
  std::string path;    ///< the config.json it came from, for messages
  std::string family;  ///< "bert"
  std::string task;    ///< "sequence-classification"
  std::vector<std::string> architectures;

  int hidden = 0;
  int layers = 0;
  int intermediate = 0;
  int vocabulary = 0;
  int maxPositions = 0;
  int typeVocabulary = 0;
  int padId = 0;
  int defaultHeads = 0;  ///< heads a block had before any pruning
  int headDim = 0;       ///< hidden / defaultHeads; pruning does not change it
  HeadLayout heads;      ///< what is left in each block; a block may have 0 heads
  /// For each block, the head numbers of the unpruned model that are left; size = heads.headsIn(block).
  std::vector<std::vector<int>> originalHeads;

  Activation activation = Activation::Gelu;
  NormPlacement normPlacement = NormPlacement::Post;
  PositionKind positions = PositionKind::Learned;
  bool causal = false;
  double normEps = 1e-12;
  double hiddenDropout = 0;
  double attentionDropout = 0;
  double classifierDropout = 0;  ///< hiddenDropout where the file says null
  double initializerRange = 0.02;

  std::vector<std::string> labels;  ///< by class index; at least one
  std::string json;                 ///< the file's own text

  [[nodiscard]] int labelCount() const { return static_cast<int>(labels.size()); }
  /// Some block has fewer heads than defaultHeads.
  [[nodiscard]] bool alreadyPruned() const;
};

/// Reads FOLDER/config.json. Throws Error (file, field, found, expected, remedy).
[[nodiscard]] ModelConfig readModelConfig(const std::string& folder);
/// The same from text; `path` is what messages call it.
[[nodiscard]] ModelConfig parseModelConfig(const std::string& json, const std::string& path);

}  // namespace headroom
