// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/model_proto.h"

#include <bit>
#include <optional>

#include "core/base/error.h"
#include "core/text/charsmap.h"

namespace headroom {

namespace {

// Fields of the messages of sentencepiece_model.proto.
constexpr std::uint32_t kPieces = 1, kTrainer = 2, kNormalizer = 3, kDenormalizer = 5;
constexpr std::uint32_t kPieceText = 1, kPieceScore = 2, kPieceKind = 3;
constexpr std::uint32_t kModelType = 3, kByteFallback = 35, kUnknownId = 40, kFirstId = 41, kLastId = 42,
                        kPaddingId = 43;
constexpr std::uint32_t kCharsmap = 2, kAddDummyPrefix = 3, kRemoveExtraSpaces = 4;

constexpr std::uint32_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;  // how a field is written

class Writer {
 public:
  void number(std::uint32_t field, std::uint64_t value) {
    varint(field << 3 | kVarint);
    varint(value);
  }
  void bytes(std::uint32_t field, std::string_view value) {
    varint(field << 3 | kBytes);
    varint(value.size());
    m_out += value;
  }
  void real(std::uint32_t field, float value) {
    varint(field << 3 | kFixed32);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) m_out += static_cast<char>(bits >> shift & 0xFF);
  }
  [[nodiscard]] const std::string& out() const { return m_out; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) m_out += static_cast<char>((value & 0x7F) | 0x80);
    m_out += static_cast<char>(value);
  }
  std::string m_out;
};

struct Field {
  std::uint32_t number = 0;
  std::string_view bytes;  ///< of length-delimited fields
};

/// Walks the fields of one message; every length is checked against what is left.
class Reader {
 public:
  explicit Reader(std::string_view rest) : m_rest(rest) {}
  [[nodiscard]] bool atEnd() const { return m_rest.empty(); }
  /// Nothing where the bytes are no field.
  std::optional<Field> next() {
    const auto key = varint();
    if (!key || *key >> 3 == 0 || *key >> 3 > 0x1FFFFFFF) return std::nullopt;
    Field field{.number = static_cast<std::uint32_t>(*key >> 3), .bytes = {}};
    switch (*key & 7) {
      case kVarint: return varint() ? std::optional(field) : std::nullopt;
      case kFixed64: return skip(8) ? std::optional(field) : std::nullopt;
      case kFixed32: return skip(4) ? std::optional(field) : std::nullopt;
      case kBytes: break;
      default: return std::nullopt;
    }
    const auto length = varint();
    if (!length || *length > m_rest.size()) return std::nullopt;
    field.bytes = m_rest.substr(0, static_cast<size_t>(*length));
    skip(field.bytes.size());
    return field;
  }

 private:
  bool skip(size_t count) {
    if (count > m_rest.size()) return false;
    m_rest.remove_prefix(count);
    return true;
  }
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !m_rest.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(m_rest[0]);
      m_rest.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::string_view m_rest;
};

[[noreturn]] void refuse(const std::string& origin, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::BadFile,
              origin + ": found " + found + ", expected " + expected + "; copy the model's tokenizer files again");
}

void checkNormalizer(std::string_view message, const std::string& origin) {
  for (Reader reader(message); !reader.atEnd();) {
    const auto field = reader.next();
    if (!field) refuse(origin, "broken normalisation settings", "a SentencePiece model");
    if (field->number == kCharsmap && !field->bytes.empty() && !isCharsmap(field->bytes))
      refuse(origin, "normalisation rules that point outside themselves", "the rules of a SentencePiece model");
  }
}

}  // namespace

std::string modelFile(const ModelDescription& model) {
  Writer file, trainer, normalizer;
  int unknownId = 0;
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    const ModelPiece& piece = model.pieces[id];
    if (piece.kind == PieceKind::Unknown) unknownId = static_cast<int>(id);
    Writer entry;
    entry.bytes(kPieceText, piece.text);
    entry.real(kPieceScore, piece.score);
    entry.number(kPieceKind, static_cast<std::uint64_t>(piece.kind));
    file.bytes(kPieces, entry.out());
  }
  trainer.number(kModelType, model.unigram ? 1 : 2);
  trainer.number(kByteFallback, model.byteFallback ? 1 : 0);
  trainer.number(kUnknownId, static_cast<std::uint64_t>(unknownId));
  for (const std::uint32_t absent : {kFirstId, kLastId, kPaddingId}) trainer.number(absent, ~std::uint64_t{0});  // -1
  normalizer.bytes(kCharsmap, model.charsmap);
  normalizer.number(kAddDummyPrefix, model.addDummyPrefix ? 1 : 0);
  normalizer.number(kRemoveExtraSpaces, model.removeExtraSpaces ? 1 : 0);
  file.bytes(kTrainer, trainer.out());
  file.bytes(kNormalizer, normalizer.out());
  return file.out();
}

std::string withSpacePrefix(std::string bytes, bool prefix) {
  Writer normalizer, file;
  normalizer.number(kAddDummyPrefix, prefix ? 1 : 0);
  file.bytes(kNormalizer, normalizer.out());
  return bytes += file.out();  // a message that comes twice is merged, the later field counts
}

void checkModelFile(std::string_view bytes, const std::string& origin) {
  std::int64_t pieces = 0;
  for (Reader reader(bytes); !reader.atEnd();) {
    const auto field = reader.next();
    if (!field) refuse(origin, "bytes that are no SentencePiece model", "one");
    pieces += field->number == kPieces ? 1 : 0;
    if (field->number == kNormalizer || field->number == kDenormalizer) checkNormalizer(field->bytes, origin);
  }
  if (pieces == 0) refuse(origin, "no pieces", "a SentencePiece model");
}

}  // namespace headroom
