// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Settings, layouts and reports as JSON, for run files and for the command line's --json. Doubles survive exactly;
// what is no finite number is written as "nan", "inf" or "-inf". The readers throw Error(BadFile) naming the field.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/base/snapshots.h"

namespace headroom {

[[nodiscard]] nlohmann::json toJson(double value);
[[nodiscard]] nlohmann::json toJson(const TrainSettings& settings);
[[nodiscard]] nlohmann::json toJson(const HeadLayout& layout);
[[nodiscard]] nlohmann::json toJson(const MetricValue& metric);
[[nodiscard]] nlohmann::json toJson(const PairedDifference& difference);
/// Everything of the report; the mask as the flat indices of the kept heads.
[[nodiscard]] nlohmann::json toJson(const TrainReport& report);

/// `where` ("run.h5: /run/settings") begins every message. Fields that are missing keep their defaults.
[[nodiscard]] TrainSettings settingsFromJson(const nlohmann::json& json, const std::string& where);
[[nodiscard]] HeadLayout layoutFromJson(const nlohmann::json& json, const std::string& where);
[[nodiscard]] MetricValue metricFromJson(const nlohmann::json& json, const std::string& where);
[[nodiscard]] PairedDifference differenceFromJson(const nlohmann::json& json, const std::string& where);
[[nodiscard]] TrainReport reportFromJson(const nlohmann::json& json, const HeadLayout& layout,
                                         const std::string& where);

/// What `train --json` prints: kept, exact, live_blocks, joint_probability, metric, full_metric, steps, resumed_from,
/// projected, wall_s, weights_sha256, mask (inline headroom-mask), run.
[[nodiscard]] nlohmann::json trainResultJson(const TrainReport& report);

}  // namespace headroom
