// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/config_labels.h"

namespace headroom {

void setLabels(nlohmann::ordered_json& config, const std::vector<std::string>& labels) {
  config["id2label"] = nlohmann::ordered_json::object();
  config["label2id"] = nlohmann::ordered_json::object();
  for (size_t i = 0; i < labels.size(); ++i) {
    config["id2label"][std::to_string(i)] = labels[i];
    config["label2id"][labels[i]] = i;
  }
}

}  // namespace headroom
