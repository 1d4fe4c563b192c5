// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_json.h"

#include <filesystem>
#include <utility>

#include "core/text/added_tokens.h"
#include "core/text/byte_bpe_files.h"
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
  if (kind == "BPE") return openByteBpeJson(source);
  refuseField(source.path, "model.type", shown(Json(kind)),
              R"("WordPiece" or "BPE"; other tokenizers are not supported)");
}

}  // namespace headroom
