// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentence_piece_model.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/side_module.h"
#include "core/text/json_fields.h"
#include "core/text/model_proto.h"
#include "core/text/sentencepiece/library.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr const char* kModule = "libheadroom_sentencepiece.so";

std::unique_ptr<SentencePieceLibrary> makeLibrary() {
  static const auto make = reinterpret_cast<MakeSentencePiece>(sideModuleFunction(kModule, kMakeSentencePiece));
  return std::unique_ptr<SentencePieceLibrary>(make());
}

/// What the library refuses after a model was loaded is a fault of the model.
void require(const std::string& complaint, const std::string& origin) {
  if (complaint.empty()) return;
  throw Error(ErrorKind::BadFile, origin + ": found a model that SentencePiece refuses (" + shortened(complaint, 120) +
                                      "), expected a complete one; copy the model's tokenizer files again");
}

}  // namespace

SentencePieceModel::SentencePieceModel(const std::string& path) : m_origin(path) {
  load(readTextFile(path, kLargestTokenizerFile));
}

SentencePieceModel::SentencePieceModel(std::string_view bytes, std::string origin) : m_origin(std::move(origin)) {
  load(bytes);
}

SentencePieceModel::~SentencePieceModel() = default;

void SentencePieceModel::load(std::string_view bytes) {
  checkModelFile(bytes, m_origin);
  m_library = makeLibrary();
  require(m_library->load(bytes), m_origin);
}

int SentencePieceModel::size() const { return m_library->size(); }

const std::string& SentencePieceModel::piece(int id) const { return m_library->piece(id); }

std::vector<int> SentencePieceModel::encode(std::string_view text) const {
  std::vector<int> ids;
  require(m_library->encode(text, ids), m_origin);
  return ids;
}

std::vector<std::string> SentencePieceModel::encodePieces(std::string_view text) const {
  std::vector<std::string> pieces;
  require(m_library->encode(text, pieces), m_origin);
  return pieces;
}

std::string SentencePieceModel::decode(std::span<const int> ids) const {
  std::string text;
  require(m_library->decode(ids, text), m_origin);
  return text;
}

std::string SentencePieceModel::decodePieces(const std::vector<std::string>& pieces) const {
  std::string text;
  require(m_library->decode(pieces, text), m_origin);
  return text;
}

void requireLikelySize(int count, int vocabularySize, const std::string& path) {
  const int fewest = vocabularySize - vocabularySize / 8 - 256;
  if (vocabularySize <= 0 || (count <= vocabularySize && count >= fewest)) return;
  throw Error(ErrorKind::BadFile, path + ": found " + std::to_string(count) + " tokens, expected " +
                                      (count > vocabularySize ? "at most " : "about ") +
                                      std::to_string(vocabularySize) +
                                      " (vocab_size of config.json); use the vocabulary that belongs to the model");
}

}  // namespace headroom
