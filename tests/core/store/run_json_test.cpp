// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/run_json.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/base/rng.h"
#include "tests/core/store/run_samples.h"

namespace headroom {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RunJson, settingsSurviveExactly) {
  Rng rng(1);
  for (int round = 0; round < 100; ++round) {
    TrainSettings settings = sampleHeader().settings;
    settings.lr = rng.normal() * 1e-7;
    settings.gateLr = rng.uniform();
    settings.eventsAt = {rng.uniform(), 1.0 / 3, 5e-324};
    settings.published = true;
    settings.lambdaSearched = true;
    EXPECT_EQ(settingsFromJson(nlohmann::json::parse(toJson(settings).dump()), "x"), settings);
  }
}

TEST(RunJson, runsOfBeforeLambdaWasSearchedTookTheTopOfLogAlpha) {
  TrainSettings settings;
  settings.method = "l0";
  settings.lambdaSearched = true;
  nlohmann::json old = toJson(settings);
  ASSERT_EQ(old.erase("lambda_searched"), 1U);
  const TrainSettings read = settingsFromJson(old, "x");
  EXPECT_FALSE(read.lambdaSearched);
  EXPECT_EQ(wayToK(read), "top K of log alpha");
  EXPECT_EQ(wayToK(settings), "bisection on lambda");
  EXPECT_EQ(wayToK(TrainSettings{}), "");
}

TEST(RunJson, layoutsSurvive) {
  const HeadLayout layout({{{Stack::Encoder, AttentionKind::Self, 0}, 8, 2},
                           {{Stack::Decoder, AttentionKind::Self, 0}, 0, 0},
                           {{Stack::Decoder, AttentionKind::Cross, 1}, 3, 3}});
  EXPECT_EQ(layoutFromJson(toJson(layout), "x"), layout);
}

TEST(RunJson, whatIsNoFiniteNumberIsWrittenAsText) {
  EXPECT_EQ(toJson(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(toJson(-std::numeric_limits<double>::infinity()), "-inf");
  MetricValue metric;
  metric.value = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isinf(metricFromJson(toJson(metric), "x").value));
}

TEST(RunJson, fieldsOfTheWrongKindAreNamed) {
  nlohmann::json settings = toJson(TrainSettings{});
  const auto refused = [&](const char* key, nlohmann::json value) {
    nlohmann::json changed = settings;
    changed[key] = std::move(value);
    return errorOf(ErrorKind::BadFile, [&] { (void)settingsFromJson(changed, "run.h5"); });
  };
  EXPECT_THAT(refused("batch", 3000000000), HasSubstr("run.h5: field batch: found 3000000000"));
  EXPECT_THAT(refused("batch", 1.5), HasSubstr("batch"));
  EXPECT_THAT(refused("seed", -1), HasSubstr("seed"));
  EXPECT_THAT(refused("reopen", 1), HasSubstr("true or false"));
  EXPECT_THAT(refused("events_at", nlohmann::json::array({"x"})), HasSubstr("a list"));
  errorOf(ErrorKind::BadFile, [] { (void)settingsFromJson(nlohmann::json::array(), "x"); });
}

TEST(RunJson, trainResultHasTheKeysOfTheCommandLine) {
  TrainReport report;
  report.mask = HeadMask(sampleLayout(), false);
  report.mask.set(6, true);
  const nlohmann::json result = trainResultJson(report);
  std::vector<std::string> keys;
  for (const auto& [key, value] : result.items()) keys.push_back(key);
  EXPECT_THAT(
      keys, ElementsAre("exact", "full_metric", "joint_probability", "kept", "kept_kv", "live_blocks", "mask", "metric",
                        "projected", "resumed_from", "run", "steps", "unit", "wall_s", "weights_sha256"));
  EXPECT_TRUE(result["metric"].is_null()) << "nothing was measured";
  EXPECT_FALSE(result.contains("lambda_searched"));
  report.settings.method = "l0";
  report.settings.lambdaSearched = true;
  EXPECT_EQ(trainResultJson(report)["lambda_searched"], true);
  report.metric.examples = 5;
  EXPECT_EQ(trainResultJson(report)["metric"]["examples"], 5);
  EXPECT_EQ(result["kept"], 1);
  EXPECT_EQ(result["live_blocks"], 1);
  EXPECT_EQ(result["mask"]["format"], "headroom-mask/1");
  EXPECT_EQ(result["mask"]["kept"]["encoder.self"][2], nlohmann::json::array({2}));
}

}  // namespace
}  // namespace headroom
