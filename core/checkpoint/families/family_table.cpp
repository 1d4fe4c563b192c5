// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/families/family.h"

#include <array>
#include <cmath>
#include <utility>

#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

constexpr std::array kFamilies{&kBert, &kRoberta, &kDistilBert, &kGpt2, &kLlama, &kVit, &kBart, &kMarian, &kT5};

constexpr std::array<std::pair<const char*, Activation>, 8> kActivations{{{"gelu", Activation::Gelu},
                                                                          {"gelu_python", Activation::Gelu},
                                                                          {"gelu_new", Activation::GeluTanh},
                                                                          {"gelu_fast", Activation::GeluTanh},
                                                                          {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                                          {"relu", Activation::Relu},
                                                                          {"silu", Activation::Silu},
                                                                          {"swish", Activation::Silu}}};

}  // namespace

std::span<const Family* const> families() { return kFamilies; }

const Family* findFamily(std::string_view name) {
  for (const Family* family : kFamilies)
    if (family->name == name) return family;
  return nullptr;
}

std::string familyNames() {
  std::string names;
  for (const Family* family : kFamilies) names.append(names.empty() ? "" : ", ").append(family->name);
  return names;
}

Activation readActivation(const ConfigFields& fields, const char* field, const char* fallback) {
  const std::string name = fields.text(field, fallback);
  for (const auto& [known, activation] : kActivations)
    if (name == known) return activation;
  fields.fail(field, shown(name), "gelu, gelu_new, gelu_pytorch_tanh, relu or silu");
}

void divideHidden(const ConfigFields& fields, const char* field, int heads, ModelConfig& config) {
  if (config.hidden % heads != 0)
    fields.fail(field, std::to_string(heads), "a divisor of the hidden size " + std::to_string(config.hidden));
  config.headDim = config.hidden / heads;
  config.attentionScale = 1 / std::sqrt(static_cast<double>(config.headDim));
}

int readTokenId(const ConfigFields& fields, const char* field, const ModelConfig& config, int fallback) {
  // Lists occur (several ends of text): the first one counts.
  if (const nlohmann::json* value = fields.find(field);
      value && value->is_array() && !value->empty() && value->front().is_number_unsigned()) {
    const auto id = value->front().get<std::uint64_t>();
    return id < static_cast<std::uint64_t>(config.vocabulary) ? static_cast<int>(id) : fallback;
  }
  return fields.integer(field, -1, config.vocabulary - 1, fallback);
}

}  // namespace headroom
