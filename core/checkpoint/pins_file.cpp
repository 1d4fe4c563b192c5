// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pins_file.h"

#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/json_text.h"
#include "core/checkpoint/mask_file.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPinsFormat = "headroom-pins/1";
constexpr std::int64_t kMostBytes = 64 << 20;

Json toJson(const MaskPin& pin) {
  Json json = {{"name", pin.name}, {"mask", Json::parse(maskToJson(pin.mask))}};
  if (!pin.answer) return json;
  const MetricValue& metric = pin.answer->metric;
  json["answer"] = {{"metric", metric.name}, {"value", metric.value},       {"low", metric.low},
                    {"high", metric.high},   {"examples", metric.examples}, {"loss", pin.answer->loss}};
  if (const auto& change = pin.answer->toFull)
    json["answer"]["to_full"] = {{"value", change->value},
                                 {"low", change->low},
                                 {"high", change->high},
                                 {"gained", change->gained},
                                 {"lost", change->lost}};
  return json;
}

EvalResult answerOf(const nlohmann::json& json, const HeadMask& mask) {
  EvalResult answer;
  answer.mask = mask;
  answer.metric = {json.at("metric"), json.at("value"), json.at("low"), json.at("high"), json.at("examples")};
  answer.loss = json.at("loss");
  answer.examplesTotal = answer.metric.examples;
  answer.complete = true;
  if (const auto change = json.find("to_full"); change != json.end())
    answer.toFull = PairedDifference{change->at("value"), change->at("low"), change->at("high"), change->at("gained"),
                                     change->at("lost")};
  return answer;
}

}  // namespace

std::string pinsPath(const std::string& runPath) { return runPath + ".pins.json"; }

void writePinsFile(const std::string& path, const std::vector<MaskPin>& pins, const PinsOrigin& origin) {
  if (pins.empty()) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return;
  }
  Json json = {
      {"format", kPinsFormat}, {"dev_sha256", origin.devSha256}, {"weights", origin.weights}, {"pins", Json::array()}};
  for (const MaskPin& pin : pins) json["pins"].push_back(toJson(pin));
  writeFileAtomically(path, json.dump(1) + "\n");
}

std::vector<MaskPin> readPinsFile(const std::string& path, const HeadLayout& layout, const PinsOrigin& origin) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const nlohmann::json json = parseJson(readTextFile(path, kMostBytes), path);
  std::vector<MaskPin> pins;
  try {
    if (json.at("format") != kPinsFormat)
      throw Error(ErrorKind::BadFile,
                  path + ": format: found " + foundText(json["format"]) + ", expected " + kPinsFormat);
    const bool sameOrigin = PinsOrigin{json.at("dev_sha256"), json.value("weights", std::string())} == origin;
    for (const nlohmann::json& each : json.at("pins")) {
      MaskPin pin{each.at("name"), maskFromJson(each.at("mask").dump(), path, layout), {}};
      if (sameOrigin && each.contains("answer")) pin.answer = answerOf(each["answer"], pin.mask);
      pins.push_back(std::move(pin));
    }
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorKind::BadFile,
                path + ": found no pins as Headroom writes them, expected " + kPinsFormat + "; remove the file");
  }
  return pins;
}

}  // namespace headroom
