// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// SentencePiece behind a door of its own. The library carries a copy of protobuf whose names are those of the one that
/// LibTorch loads: in one name space, each would call the other's functions. So it is linked to a module that is loaded
/// at run time with names of its own; this is all that both sides see.
class SentencePieceLibrary {
 public:
  virtual ~SentencePieceLibrary() = default;
  /// These return what the library complains of; empty = done.
  [[nodiscard]] virtual std::string load(std::string_view bytes) = 0;
  [[nodiscard]] virtual std::string encode(std::string_view text, std::vector<int>& ids) const = 0;
  [[nodiscard]] virtual std::string encode(std::string_view text, std::vector<std::string>& pieces) const = 0;
  [[nodiscard]] virtual std::string decode(std::span<const int> ids, std::string& text) const = 0;
  [[nodiscard]] virtual std::string decode(const std::vector<std::string>& pieces, std::string& text) const = 0;
  [[nodiscard]] virtual int size() const = 0;
  [[nodiscard]] virtual const std::string& piece(int id) const = 0;
};

/// The module's only exported function: a new instance for the caller to delete.
using MakeSentencePiece = SentencePieceLibrary* (*)();
constexpr const char* kMakeSentencePiece = "headroomMakeSentencePiece";

}  // namespace headroom
