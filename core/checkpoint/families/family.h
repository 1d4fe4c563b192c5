// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "core/checkpoint/config_fields.h"
#include "core/checkpoint/families/weight_table.h"
#include "core/checkpoint/model_config.h"

namespace headroom {

/// A family of models: how its config.json is read and what its weights are called. One file each in this folder; a new
/// family is such a file, its name in the list below and in the table of family_table.cpp.
struct Family {
  std::string_view name;         ///< config.json's model_type
  std::string_view classPrefix;  ///< of its classes in Hugging Face: "Bert"
  Task defaultTask;              ///< of a file that names no class we know
  /// Fills stacks, sizes, switches, token ids. Task, architectures and path are known; heads and labels come after.
  void (*readConfig)(const ConfigFields& fields, ModelConfig& config);
  WeightTable weights;
};

extern const Family kBert, kRoberta, kDistilBert, kGpt2, kLlama, kVit, kBart, kMarian, kT5;

[[nodiscard]] std::span<const Family* const> families();
/// nullptr when there is none of that name.
[[nodiscard]] const Family* findFamily(std::string_view name);
/// "bert, roberta, ...", for messages.
[[nodiscard]] std::string familyNames();

// What several families read alike.

/// The activation that the field names.
[[nodiscard]] Activation readActivation(const ConfigFields& fields, const char* field, const char* fallback);
/// Sets headDim = hidden / heads and the usual attentionScale 1 / sqrt(headDim); fails naming `field` when heads does
/// not divide hidden.
void divideHidden(const ConfigFields& fields, const char* field, int heads, ModelConfig& config);
/// A token id of the vocabulary, or -1 when the field is absent.
[[nodiscard]] int readTokenId(const ConfigFields& fields, const char* field, const ModelConfig& config,
                              int fallback = -1);

}  // namespace headroom
