// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include <filesystem>
#include <system_error>

#include "core/base/error.h"
#include "core/text/word_piece_files.h"

namespace headroom {

Encoding Tokenizer::encode(std::string_view text, std::optional<std::string_view> second, int maxLength) const {
  const SequenceFrame& around = frame();
  const size_t special = around.before.size() + around.after.size() + (second ? around.between.size() : 0);
  if (maxLength < 0 || static_cast<size_t>(maxLength) < special)
    throw Error(ErrorKind::BadInput, "longest length: found " + std::to_string(maxLength) +
                                         " tokens, expected at least " + std::to_string(special) +
                                         " (the special tokens alone)");
  std::vector<int> first = textIds(text);
  std::vector<int> other = second ? textIds(*second) : std::vector<int>{};

  const size_t room = static_cast<size_t>(maxLength) - special;
  Encoding out;
  out.truncated = first.size() + other.size() > room;
  while (first.size() + other.size() > room) (first.size() > other.size() ? first : other).pop_back();

  const auto append = [&out](const std::vector<int>& ids, int type) {
    out.ids.insert(out.ids.end(), ids.begin(), ids.end());
    out.types.insert(out.types.end(), ids.size(), type);
  };
  out.ids.reserve(first.size() + other.size() + special);
  out.types.reserve(first.size() + other.size() + special);
  append(around.before, 0);
  append(first, 0);
  if (second) {
    append(around.between, 0);
    append(other, around.secondType);
  }
  append(around.after, second ? around.secondType : 0);
  return out;
}

std::shared_ptr<const Tokenizer> openTokenizer(const std::string& folder, int vocabularySize) {
  const std::filesystem::path root(folder);
  const auto has = [&root](const char* name) {
    std::error_code ignored;
    return std::filesystem::exists(root / name, ignored);
  };
  if (has("vocab.txt")) return openWordPieceVocabulary(folder, vocabularySize);
  if (has("tokenizer.json")) return openWordPieceJson(folder, vocabularySize);
  throw Error(ErrorKind::BadFile,
              folder + ": found neither vocab.txt nor tokenizer.json, expected the model's vocabulary; " +
                  "copy the tokenizer files of the model into this folder");
}

}  // namespace headroom
