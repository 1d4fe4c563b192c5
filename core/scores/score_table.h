// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/method_info.h"
#include "core/scores/score_method.h"

namespace headroom {

/// A method that judges a trained model's heads.
struct ScoreMethod {
  MethodInfo info;
  ScoreFunction score = nullptr;
};

[[nodiscard]] const std::vector<ScoreMethod>& scoreTable();
/// Throws Error naming the methods there are.
[[nodiscard]] const ScoreMethod& findScoreMethod(const std::string& name);

}  // namespace headroom
