// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/scores_file.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/json_levels.h"

namespace headroom {

namespace {

constexpr const char* kScoresFormat = "headroom-scores/1";

}  // namespace

std::vector<double> readScoresFile(const std::string& path, const HeadLayout& layout) {
  const std::string text = readTextFile(path, std::int64_t{64} << 20);
  if (nestsTooDeeply(text))
    refuseFile(path, "found JSON nested deeper than " + std::to_string(kMostJsonLevels) +
                         " levels, expected the scores of heads; write the file again");
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != kScoresFormat || !json.contains("scores") ||
      !json["scores"].is_object())
    refuseFile(path, std::string("field format: expected a JSON object with \"format\": \"") + kScoresFormat +
                         "\" and \"scores\"");
  std::map<std::string, size_t> next;  // layers of each group that were read
  std::vector<double> scores;
  for (const AttentionBlock& block : layout.blocks()) {
    const std::string group = blockGroupName(block.id);
    const auto& layers = json["scores"].value(group, nlohmann::json());
    const size_t layer = next[group]++;
    if (!layers.is_array() || layers.size() <= layer)
      refuseFile(path, "field scores." + group + ": found no layer " + std::to_string(layer));
    if (!layers[layer].is_array() || layers[layer].size() != static_cast<size_t>(block.heads))
      refuseFile(path, "field scores." + group + "[" + std::to_string(layer) + "]: expected " +
                           std::to_string(block.heads) + " numbers, one a head");
    for (const auto& value : layers[layer]) {
      if (!value.is_number() || !std::isfinite(value.get<double>()))
        refuseFile(path, "field scores." + group + "[" + std::to_string(layer) + "]: found " + value.dump() +
                             ", expected a number");
      scores.push_back(value.get<double>());
    }
  }
  for (const auto& [group, layers] : json["scores"].items())
    if (!next.contains(group) || layers.size() != next[group])
      refuseFile(path, "field scores." + group + ": found " + std::to_string(layers.size()) + " layers, expected " +
                           std::to_string(next[group]));
  return scores;
}

std::string scoresToJson(const HeadLayout& layout, std::span<const double> scores) {
  auto groups = nlohmann::ordered_json::object();
  for (int block = 0; block < layout.blockCount(); ++block) {
    const auto heads =
        scores.subspan(static_cast<size_t>(layout.firstOf(block)), static_cast<size_t>(layout.headsIn(block)));
    groups[blockGroupName(layout.blocks()[static_cast<size_t>(block)].id)].push_back(
        std::vector<double>(heads.begin(), heads.end()));
  }
  return nlohmann::ordered_json{{"format", kScoresFormat}, {"scores", groups}}.dump();
}

}  // namespace headroom
