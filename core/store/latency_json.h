// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/latency_table.h"

namespace headroom {

/// The whole table, for run files. Doubles survive exactly.
[[nodiscard]] nlohmann::json toJson(const LatencyTable& table);
/// A table that predicts every mask of the layout. Throws Error(BadFile) beginning with `where`.
[[nodiscard]] LatencyTable latencyFromJson(const nlohmann::json& json, const HeadLayout& layout,
                                           const std::string& where);

}  // namespace headroom
