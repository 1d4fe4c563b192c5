// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentence_piece_model.h"

#include <dlfcn.h>

#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/json_fields.h"
#include "core/text/model_proto.h"
#include "core/text/sentencepiece/library.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr const char* kModule = "libheadroom_sentencepiece.so";

/// Names of its own, and its own before those of others: see SentencePieceLibrary.
constexpr int kLoading = RTLD_NOW | RTLD_LOCAL
#ifndef __SANITIZE_ADDRESS__  // which refuses it
                         | RTLD_DEEPBIND
#endif
    ;

/// Beside the program, or where it is installed. Stays loaded.
void* loadModule() {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const std::filesystem::path& folder : {program, program / "../lib/headroom"})
    if (void* module = ::dlopen((folder / kModule).c_str(), kLoading)) return module;
  throw Error(ErrorKind::Io, (program / kModule).string() + ": cannot be loaded (" + ::dlerror() +
                                 "), expected beside the program; build or install Headroom again");
}

std::unique_ptr<SentencePieceLibrary> makeLibrary() {
  static void* const module = loadModule();
  const auto make = reinterpret_cast<MakeSentencePiece>(::dlsym(module, kMakeSentencePiece));
  if (!make) throw Error(ErrorKind::Io, std::string(kModule) + ": found another version of it, expected this program's; install Headroom again");
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
