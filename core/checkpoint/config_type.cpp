// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/config_type.h"

#include <nlohmann/json.hpp>

namespace headroom {

namespace {

/// What Hugging Face calls the type; nullptr for one that weights do not have.
const char* nameOf(Dtype type) {
  switch (type) {
    case Dtype::F64: return "float64";
    case Dtype::F32: return "float32";
    case Dtype::F16: return "float16";
    case Dtype::BF16: return "bfloat16";
    default: return nullptr;
  }
}

}  // namespace

std::string withStoredType(const std::string& configJson, Dtype type) {
  auto config = nlohmann::ordered_json::parse(configJson);
  const char* name = nameOf(type);
  bool other = false;
  for (const char* key : {"torch_dtype", "dtype"}) {
    if (!name || !config.contains(key) || config[key] == name) continue;
    config[key] = name;
    other = true;
  }
  return other ? config.dump(2) + "\n" : configJson;
}

}  // namespace headroom
