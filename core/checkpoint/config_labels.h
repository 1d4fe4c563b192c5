// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace headroom {

/// Names a configuration's classes in both directions, as Hugging Face does: id2label and label2id.
void setLabels(nlohmann::ordered_json& config, const std::vector<std::string>& labels);

}  // namespace headroom
