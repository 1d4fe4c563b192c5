// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/text/json_fields.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

/// What a tokenizer.json and the tokenizer_config.json beside it say.
struct TokenizerFile {
  std::string path;
  Json file;
  std::string configPath;
  Json config;             ///< an empty object where there is none
  int vocabularySize = 0;  ///< of the model; 0 = unknown

  /// The member "model", which is an object.
  [[nodiscard]] const Json& model() const { return file.at("model"); }
  /// A member of the file; null where it is missing.
  [[nodiscard]] Json part(const char* name) const { return file.value(name, Json()); }
  /// model.vocab with the added tokens, without holes; these are added to `whole`.
  [[nodiscard]] Vocabulary vocabulary(WholeTokens& whole) const;
};

/// The tokenizer of FOLDER/tokenizer.json, by the kind that it names. Throws Error for kinds that are not known.
[[nodiscard]] std::shared_ptr<const Tokenizer> openTokenizerJson(const std::string& folder, int vocabularySize);

}  // namespace headroom
