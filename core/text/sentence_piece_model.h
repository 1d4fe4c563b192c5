// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

class SentencePieceLibrary;

/// A SentencePiece model in the hands of its own library. May be used from several threads.
class SentencePieceModel {
 public:
  /// Throws Error when the file is no SentencePiece model.
  explicit SentencePieceModel(const std::string& path);
  /// From the bytes of a model file; `origin` is what errors name.
  SentencePieceModel(std::string_view bytes, std::string origin);
  ~SentencePieceModel();
  SentencePieceModel(const SentencePieceModel&) = delete;
  SentencePieceModel& operator=(const SentencePieceModel&) = delete;

  [[nodiscard]] const std::string& origin() const { return m_origin; }
  [[nodiscard]] int size() const;
  [[nodiscard]] const std::string& piece(int id) const;
  [[nodiscard]] std::vector<int> encode(std::string_view text) const;
  [[nodiscard]] std::vector<std::string> encodePieces(std::string_view text) const;
  /// Ids that are pieces of this model.
  [[nodiscard]] std::string decode(std::span<const int> ids) const;
  [[nodiscard]] std::string decodePieces(const std::vector<std::string>& pieces) const;

 private:
  void load(std::string_view bytes);

  std::string m_origin;
  std::unique_ptr<SentencePieceLibrary> m_library;
};

/// Throws Error when a vocabulary of `count` tokens cannot belong to a model of `vocabularySize` (0 = not checked): one
/// token too many, or so few that padding of the model's embeddings does not explain it.
void requireLikelySize(int count, int vocabularySize, const std::string& path);

}  // namespace headroom
