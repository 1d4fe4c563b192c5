// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_json.h"

#include <filesystem>
#include <utility>

#include "core/text/added_tokens.h"
#include "core/text/byte_bpe_files.h"
#include "core/text/fallback_bpe.h"
#include "core/text/sentence_piece.h"
#include "core/text/word_level.h"
#include "core/text/word_piece_files.h"

namespace headroom {

namespace {

TokenizerFile readTokenizerFile(const std::string& folder, int vocabularySize) {
  const std::filesystem::path root(folder);
  TokenizerFile source;
  source.path = (root / "tokenizer.json").string();
  source.file = readJsonObject(source.path);
  source.configPath = (root / "tokenizer_config.json").string();
  source.config = readJsonObjectIfThere(source.configPath);
  source.vocabularySize = vocabularySize;
  const auto model = source.file.find("model");
  if (model == source.file.end() || !model->is_object())
    refuseField(source.path, "model", model == source.file.end() ? "nothing" : shown(*model), "an object");
  return source;
}

/// Older files name no type; WordPiece was the first.
std::string kindOf(const TokenizerFile& source) {
  return member<std::string>(source.model(), "type", source.model().contains("merges") ? "BPE" : "WordPiece",
                             source.path);
}

/// LLaMA's kind spells spaces in its normaliser or by Metaspace; anything else is taken for byte-level.
bool isByteLevel(const TokenizerFile& source) {
  return typeOf(source.part("pre_tokenizer")) != "Metaspace" &&
         (!source.part("pre_tokenizer").is_null() || source.part("normalizer").is_null());
}

}  // namespace

Vocabulary TokenizerFile::vocabulary(WholeTokens& whole) const {
  AddedTokens added;
  addFromList(file, path, added);
  Vocabulary all = extended(vocabularyOf(model().value("vocab", Json()), vocabularySize, "model.vocab", path), added,
                            vocabularySize, path, whole);
  requireNoHoles(all, path);
  return all;
}

std::shared_ptr<const Tokenizer> openTokenizerJson(const std::string& folder, int vocabularySize) {
  const TokenizerFile source = readTokenizerFile(folder, vocabularySize);
  const std::string kind = kindOf(source);
  if (kind == "WordPiece") return openWordPieceJson(source);
  if (kind == "BPE") return isByteLevel(source) ? openByteBpeJson(source) : openFallbackBpeJson(source);
  if (kind == "Unigram") return openUnigramJson(source);
  if (kind == "WordLevel") return openWordLevelJson(source);
  refuseField(source.path, "model.type", shown(Json(kind)),
              "WordPiece, BPE, Unigram or WordLevel; other tokenizers are not supported");
}

}  // namespace headroom
