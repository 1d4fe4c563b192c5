// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <filesystem>
#include <system_error>

#include "core/base/error.h"
#include "core/text/byte_bpe_files.h"
#include "core/text/fallback_bpe.h"
#include "core/text/marian.h"
#include "core/text/sentence_piece.h"
#include "core/text/tokenizer_json.h"
#include "core/text/word_piece_files.h"

namespace headroom {

namespace {

/// Tokens beside the special ones that fit. Throws Error when not even these do.
size_t roomWithin(int maxLength, size_t special) {
  if (maxLength < 0 || static_cast<size_t>(maxLength) < special)
    throw Error(ErrorKind::BadInput, "longest length: found " + std::to_string(maxLength) +
                                         " tokens, expected at least " + std::to_string(special) +
                                         " (the special tokens alone)");
  return static_cast<size_t>(maxLength) - special;
}

void append(Encoding& out, const std::vector<int>& ids, int type) {
  out.ids.insert(out.ids.end(), ids.begin(), ids.end());
  out.types.insert(out.types.end(), ids.size(), type);
}

Encoding framed(std::vector<int> ids, const SequenceFrame& around, int maxLength) {
  const size_t room = roomWithin(maxLength, around.before.size() + around.after.size());
  Encoding out;
  out.truncated = ids.size() > room;
  if (out.truncated) ids.resize(room);
  append(out, around.before, 0);
  append(out, ids, 0);
  append(out, around.after, 0);
  return out;
}

}  // namespace

Encoding Tokenizer::encode(std::string_view text, std::optional<std::string_view> second, int maxLength) const {
  const SequenceFrame& around = frame();
  if (!second) return framed(textIds(text), around, maxLength);
  const size_t room = roomWithin(maxLength, around.before.size() + around.between.size() + around.after.size());
  std::vector<int> first = textIds(text);
  std::vector<int> other = textIds(*second);
  const bool truncated = first.size() + other.size() > room;
  while (first.size() + other.size() > room) (first.size() > other.size() ? first : other).pop_back();
  Encoding out = joined(first, other);
  out.truncated = truncated;
  return out;
}

Encoding Tokenizer::joined(const std::vector<int>& first, const std::vector<int>& second) const {
  const SequenceFrame& around = frame();
  Encoding out;
  append(out, around.before, 0);
  append(out, first, 0);
  append(out, around.between, 0);
  out.secondBegin = out.ids.size();
  append(out, second, around.secondType);
  append(out, around.after, around.secondType);
  return out;
}

LocatedIds Tokenizer::locate(std::string_view /*text*/) const {
  throw Error(ErrorKind::BadInput,
              "vocabulary: found a tokenizer that keeps no places in the text, expected WordPiece (vocab.txt), "
              "which question answering needs");
}

Encoding Tokenizer::encodeTarget(std::string_view text, int maxLength) const {
  return framed(targetIds(text), frame(), maxLength);
}

int Tokenizer::checkedId(int id) const {
  if (id < 0 || id >= size())
    throw Error(ErrorKind::BadInput, "token id: found " + std::to_string(id) + ", expected 0 to " +
                                         std::to_string(size() - 1) + " (the vocabulary's)");
  return id;
}

std::shared_ptr<const Tokenizer> openTokenizer(const std::string& folder, int vocabularySize) {
  const std::filesystem::path root(folder);
  const auto has = [&root](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(root / name, ignored);
  };
  if (has("vocab.txt")) return openWordPieceVocabulary(folder, vocabularySize);
  if (has("source.spm") && has("target.spm")) return openMarian(folder, vocabularySize);
  if (has("spiece.model")) return openT5Model(folder, vocabularySize);
  if (has("tokenizer.model")) return openLlamaModel(folder, vocabularySize);
  if (has("vocab.json") && has("merges.txt")) return openByteBpeVocabulary(folder, vocabularySize);
  if (has("tokenizer.json")) return openTokenizerJson(folder, vocabularySize);
  if (has("tok512.json")) return openScoredVocabulary(folder, vocabularySize);
  throw Error(ErrorKind::BadFile,
              folder + ": found no vocabulary, expected one of " +
                  "vocab.txt (BERT), vocab.json with merges.txt (GPT-2, RoBERTa, BART), " +
                  "source.spm with target.spm and vocab.json (Marian), spiece.model (T5), tokenizer.model (LLaMA), " +
                  "tokenizer.json or tok512.json; copy the tokenizer files of the model into this folder");
}

}  // namespace headroom
