// SPDX-License-Identifier: GPL-3.0-or-later
#include <sentencepiece_processor.h>

#include "core/text/sentencepiece/library.h"

namespace headroom {

namespace {

std::string complaint(const sentencepiece::util::Status& status) {
  return status.ok() ? std::string() : status.ToString();
}

class Library final : public SentencePieceLibrary {
 public:
  std::string load(std::string_view bytes) override { return complaint(m_processor.LoadFromSerializedProto(bytes)); }
  std::string encode(std::string_view text, std::vector<int>& ids) const override {
    return complaint(m_processor.Encode(text, &ids));
  }
  std::string encode(std::string_view text, std::vector<std::string>& pieces) const override {
    return complaint(m_processor.Encode(text, &pieces));
  }
  std::string decode(std::span<const int> ids, std::string& text) const override {
    return complaint(m_processor.Decode(std::vector<int>(ids.begin(), ids.end()), &text));
  }
  std::string decode(const std::vector<std::string>& pieces, std::string& text) const override {
    return complaint(m_processor.Decode(pieces, &text));
  }
  int size() const override { return m_processor.GetPieceSize(); }
  const std::string& piece(int id) const override { return m_processor.IdToPiece(id); }

 private:
  sentencepiece::SentencePieceProcessor m_processor;
};

}  // namespace

extern "C" __attribute__((visibility("default"))) SentencePieceLibrary* headroomMakeSentencePiece() {
  return new Library;
}

}  // namespace headroom
