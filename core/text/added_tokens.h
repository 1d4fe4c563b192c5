// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/text/json_fields.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

/// A token that was added to a vocabulary or that is special in it.
struct AddedToken {
  std::string text;
  bool stripLeft = false;
  bool stripRight = false;
  bool special = true;
};

/// By id.
using AddedTokens = std::map<std::int64_t, AddedToken>;

// These three throw Error for ids that are no numbers, and for tokens that count only as words of their own
// (single_word).

/// From tokenizer_config.json: {"added_tokens_decoder": {"30522": {"content": "[E1]", ...}}}.
void addFromConfig(const Json& config, const std::string& path, AddedTokens& tokens);
/// From added_tokens.json, the older form: {"[E1]": 30522}; the file may be missing.
void addFromOldFile(const std::string& path, AddedTokens& tokens);
/// From tokenizer.json: {"added_tokens": [{"id": 30522, "content": "[E1]", ...}]}.
void addFromList(const Json& file, const std::string& path, AddedTokens& tokens);

/// The vocabulary with the added tokens in it, each of which is found in raw text. `vocabularySize` is the model's (0 =
/// unknown). Throws Error for an id that is too large or belongs to another token.
[[nodiscard]] Vocabulary extended(const Vocabulary& vocabulary, const AddedTokens& added, int vocabularySize,
                                  const std::string& path, WholeTokens& whole);

/// A vocabulary from an object of tokens and ids. `field` is what errors call it. Throws Error for ids that are
/// negative, at or beyond `vocabularySize` (0 = unknown), or given twice.
[[nodiscard]] Vocabulary vocabularyOf(const Json& object, int vocabularySize, const std::string& field,
                                      const std::string& path);

/// Throws Error when an id below the largest has no token: the file has lost entries.
void requireNoHoles(const Vocabulary& vocabulary, const std::string& path);

}  // namespace headroom
