// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/method_info.h"

namespace headroom {

/// A method with options of its own behind its name. One that trains gates with or without clipping and reopening:
/// "l0+reopen", "pass+no-reopen"; one that judges a trained model: "taylor+absolute=token+normalise", "taylor-3+lora".
struct MethodVariant {
  std::string method;
  std::optional<bool> reopen = {};        ///< none: as the method has it
  std::vector<std::string> options = {};  ///< "absolute=token", "normalise": of a method that judges
  bool lora = false;                      ///< of a method that judges: recovered by LowRankAdapters, and only that
};

/// Throws Error(BadInput) for what stands behind a "+" and is no choice of the method before it.
[[nodiscard]] MethodVariant variantOf(const std::string& name);
/// `asked` with what the variant changes of it.
[[nodiscard]] ScoreOptions optionsOf(const MethodVariant& variant, ScoreOptions asked);

/// allMethods(), the lottery ticket's controls, Taylor of three examples with LoRA (as its authors recover), and those
/// that train gates once more with clipping and reopening turned the other way than they have it.
[[nodiscard]] std::vector<MethodInfo> comparedMethods();

}  // namespace headroom
