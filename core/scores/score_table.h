// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/method_info.h"
#include "core/scores/one_pass.h"
#include "core/scores/score_method.h"

namespace headroom {

/// A method that judges a trained model's heads.
struct ScoreMethod {
  MethodInfo info;
  ScoreFunction score = nullptr;
  /// Where several methods can share a pass; may give nullptr for some options. nullptr: never.
  std::unique_ptr<PassScore> (*onePass)(const ScoreInput& input) = nullptr;
  ScoreOptions (*options)(const ScoreOptions& asked) = nullptr;  ///< of a variant that has a name; nullptr = as asked
  std::int64_t examples = 0;                                     ///< of such a variant; 0 = as asked
};

[[nodiscard]] const std::vector<ScoreMethod>& scoreTable();
/// Throws Error naming the methods there are.
[[nodiscard]] const ScoreMethod& findScoreMethod(const std::string& name);

}  // namespace headroom
