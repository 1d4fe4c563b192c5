// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// A bundled sample: what it is made of and how its model is trained. Adding one: a file with its data and
/// configuration, and a line in the table.
struct Sample {
  std::string name;  ///< of its folder
  /// Writes data, tokenizer and config.json, everything but the weights, into a folder that is there.
  void (*write)(const std::string& folder, std::uint64_t seed) = nullptr;
  TrainSettings recipe;   ///< method "none"; the seed is the caller's
  std::string trainFile;  ///< what the model learns from
  std::string devFile;
  std::vector<std::string> dataFiles;  ///< that are bundled beside the model
  /// What word counts alone get right, where that says how much attention is needed.
  std::optional<double> (*wordCountAccuracy)(std::uint64_t seed) = nullptr;
};

[[nodiscard]] const std::vector<Sample>& samples();
/// Throws Error naming those that there are.
[[nodiscard]] const Sample& findSample(const std::string& name);

// One a file.
[[nodiscard]] Sample sentimentBert();
[[nodiscard]] Sample inductionGpt2();
[[nodiscard]] Sample recallLlama();
[[nodiscard]] Sample rewriteMarian();
[[nodiscard]] Sample shapesVit();

}  // namespace headroom
