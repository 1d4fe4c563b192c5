// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/pruned_config.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"

namespace headroom {

std::string prunedConfigJson(const ModelConfig& config, const HeadMask& mask) {
  if (mask.layout() != config.heads)
    throw Error(ErrorKind::BadInput, config.path + ": the mask is for another model than this configuration");
  auto json = nlohmann::ordered_json::parse(config.json);
  auto prunedHeads = nlohmann::ordered_json::object();
  auto headsPerLayer = nlohmann::ordered_json::array();
  for (int block = 0; block < config.heads.blockCount(); ++block) {
    std::vector<bool> kept(static_cast<size_t>(config.defaultHeads), false);
    for (int head = 0; head < config.heads.headsIn(block); ++head)
      if (mask.kept({block, head}))
        kept[static_cast<size_t>(config.originalHeads[static_cast<size_t>(block)][static_cast<size_t>(head)])] = true;
    auto gone = nlohmann::ordered_json::array();
    for (int head = 0; head < config.defaultHeads; ++head)
      if (!kept[static_cast<size_t>(head)]) gone.push_back(head);
    headsPerLayer.push_back(mask.keptIn(block));
    if (!gone.empty()) prunedHeads[std::to_string(block)] = std::move(gone);
  }
  json["pruned_heads"] = std::move(prunedHeads);
  json["headroom"]["heads_per_layer"] = std::move(headsPerLayer);
  return json.dump(2) + "\n";
}

}  // namespace headroom
