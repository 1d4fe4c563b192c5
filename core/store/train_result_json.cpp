// SPDX-License-Identifier: GPL-3.0-or-later
#include <nlohmann/json.hpp>

#include "core/checkpoint/mask_file.h"
#include "core/store/run_json.h"

namespace headroom {

namespace {

/// null where nothing was measured.
nlohmann::json measured(const MetricValue& metric) { return metric.examples > 0 ? toJson(metric) : nlohmann::json(); }

}  // namespace

nlohmann::json trainResultJson(const TrainReport& report) {
  nlohmann::json result{{"kept", report.mask.keptCount()},
                        {"kept_kv", report.mask.keptKeyValueCount()},
                        {"unit", report.settings.unit},
                        {"exact", report.exact},
                        {"live_blocks", report.mask.liveBlocks()},
                        {"joint_probability", toJson(report.jointProbability)},
                        {"metric", measured(report.metric)},
                        {"full_metric", measured(report.fullMetric)},
                        {"steps", report.steps},
                        {"resumed_from", report.resumedFrom},
                        {"projected", report.projected},
                        {"wall_s", toJson(report.wallSeconds)},
                        {"weights_sha256", report.weightsSha256},
                        {"mask", nlohmann::json::parse(maskToJson(report.mask))},
                        {"run", report.runPath}};
  if (report.settings.method == "l0") result["lambda_searched"] = report.settings.lambdaSearched;
  return result;
}

}  // namespace headroom
