// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pruned_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/error.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

/// The kept heads of a block, numbered as in the unpruned model.
std::vector<int> keptOriginals(const ModelConfig& config, const HeadMask& mask, int block) {
  std::vector<int> kept;
  for (int head = 0; head < config.heads.headsIn(block); ++head)
    if (mask.kept({block, head}))
      kept.push_back(config.originalHeads[static_cast<size_t>(block)][static_cast<size_t>(head)]);
  return kept;
}

/// Hugging Face's own way to say it, for models of one stack: layer -> heads that are gone.
Json prunedHeads(const ModelConfig& config, const HeadMask& mask) {
  Json pruned = Json::object();
  for (int block = 0; block < config.heads.blockCount(); ++block) {
    const std::vector<int> kept = keptOriginals(config, mask, block);
    Json gone = Json::array();
    for (int head = 0; head < config.defaultHeads(block); ++head)
      if (std::find(kept.begin(), kept.end(), head) == kept.end()) gone.push_back(head);
    if (!gone.empty()) pruned[std::to_string(block)] = std::move(gone);
  }
  return pruned;
}

}  // namespace

std::string prunedConfigJson(const ModelConfig& config, const HeadMask& mask) {
  if (mask.layout() != config.heads)
    throw Error(ErrorKind::BadInput, config.path + ": the mask is for another model than this configuration");
  Json json = Json::parse(config.json);
  Json groups = Json::object(), headsPerLayer = Json::array();
  for (int block = 0; block < config.heads.blockCount(); ++block) {
    const std::vector<int> kept = keptOriginals(config, mask, block);
    groups[blockGroupName(config.heads.blocks()[static_cast<size_t>(block)].id)].push_back(kept);
    headsPerLayer.push_back(kept.size());
  }
  if (config.stacks.size() == 1) {
    json["pruned_heads"] = prunedHeads(config, mask);
    json["headroom"]["heads_per_layer"] = std::move(headsPerLayer);
  }
  json["headroom"]["kept_heads"] = std::move(groups);
  return json.dump(2) + "\n";
}

std::string withRemovedHeads(const std::string& json, bool valueBiasFolded) {
  constexpr const char* kField = "removed_heads";
  constexpr const char* kFolded = "value bias";
  Json config = Json::parse(json);
  Json& ours = config["headroom"];
  const bool before = ours.contains(kField) && ours[kField] == kFolded;
  ours[kField] = valueBiasFolded || before ? kFolded : "nothing";
  return config.dump(2) + "\n";
}

}  // namespace headroom
