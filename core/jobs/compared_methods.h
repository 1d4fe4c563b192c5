// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/method_info.h"

namespace headroom {

/// A method with or without clipping and reopening: "l0+reopen", "pass+no-reopen", or "pass" as it is.
struct MethodVariant {
  std::string method;
  std::optional<bool> reopen;  ///< none: as the method has it
};

/// Throws Error(BadInput) for what stands behind a "+" and is no such choice, or before one and trains no gates.
[[nodiscard]] MethodVariant variantOf(const std::string& name);

/// allMethods(), and those that train gates once more with clipping and reopening turned the other way than they have
/// it.
[[nodiscard]] std::vector<MethodInfo> comparedMethods();

}  // namespace headroom
