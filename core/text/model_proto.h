// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// What a piece of a SentencePiece model is; the numbers are the file format's.
enum class PieceKind : std::uint8_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

struct ModelPiece {
  std::string text;
  float score = 0;
  PieceKind kind = PieceKind::Normal;
};

/// What this program needs of a SentencePiece model file.
struct ModelDescription {
  std::vector<ModelPiece> pieces;
  bool unigram = true;  ///< else byte-pair encoding
  bool byteFallback = false;
  std::string charsmap;  ///< compiled normalisation rules; empty = none
  bool addDummyPrefix = true;
  bool removeExtraSpaces = true;
};

/// The bytes of a model file that says this.
[[nodiscard]] std::string modelFile(const ModelDescription& model);

/// The bytes of a model file, changed to put a space before texts or not to.
[[nodiscard]] std::string withSpacePrefix(std::string bytes, bool prefix);

/// Throws Error(BadFile) where the bytes are no SentencePiece model or its normalisation rules point outside
/// themselves: the library trusts these. `origin` is what the error names.
void checkModelFile(std::string_view bytes, const std::string& origin);

}  // namespace headroom
