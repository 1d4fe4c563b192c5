// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/checkpoint/tensor_info.h"

namespace headroom {

/// A config.json that says, where it says so at all, that the weights are stored as `type`: some programs round what
/// they load to what it says.
[[nodiscard]] std::string withStoredType(const std::string& configJson, Dtype type);

}  // namespace headroom
