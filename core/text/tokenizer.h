// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

/// A stretch of bytes in a text.
struct TextSpan {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const TextSpan&) const = default;
};

/// One text, or two, as the model reads them.
struct Encoding {
  std::vector<int> ids;    ///< special tokens included
  std::vector<int> types;  ///< 0 = first text, 1 = second; as many as ids
  bool truncated = false;
  size_t secondBegin = 0;  ///< where the ids of the second text begin
};

/// Token ids without special tokens, and where in the text each of them stands.
struct LocatedIds {
  std::vector<int> ids;
  std::vector<TextSpan> spans;  ///< as many as ids
};

/// The special tokens around one text, or around and between two.
struct SequenceFrame {
  std::vector<int> before;
  std::vector<int> between;  ///< only where there are two texts; counts as part of the first
  std::vector<int> after;
  int secondType = 0;  ///< token type of the second text and of what follows it
};

/// Text to token ids. Immutable: one may be used from several threads.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// Without special tokens, uncut. Special tokens written out in the text ("[MASK]") are recognised.
  [[nodiscard]] std::vector<int> encode(std::string_view text) const { return textIds(text); }
  /// With special tokens. What exceeds `maxLength` tokens is cut from the end of the longer text, of the second where
  /// both are equal. Throws Error when maxLength does not even hold the special tokens.
  [[nodiscard]] Encoding encode(std::string_view text, std::optional<std::string_view> second, int maxLength) const;

  /// The two texts' ids with special tokens, uncut.
  [[nodiscard]] Encoding joined(const std::vector<int>& first, const std::vector<int>& second) const;
  /// What encode(text) gives, with places. Throws Error where the kind of tokenizer keeps none.
  [[nodiscard]] virtual LocatedIds locate(std::string_view text) const;
  /// The text that the model shall write (a translation): with the special tokens that end it, cut to `maxLength`.
  [[nodiscard]] Encoding encodeTarget(std::string_view text, int maxLength) const;
  /// Text of ids that a model wrote, without special tokens; always UTF-8. Throws Error for an id of no token.
  [[nodiscard]] virtual std::string decode(std::span<const int> ids) const = 0;

  [[nodiscard]] virtual int padId() const = 0;
  /// Number of ids; all that encode() gives are smaller.
  [[nodiscard]] virtual int size() const = 0;
  /// The token as the vocabulary spells it.
  [[nodiscard]] virtual std::string token(int id) const = 0;

 protected:
  [[nodiscard]] virtual std::vector<int> textIds(std::string_view text) const = 0;
  [[nodiscard]] virtual const SequenceFrame& frame() const = 0;
  /// Where text to write is encoded differently from text to read.
  [[nodiscard]] virtual std::vector<int> targetIds(std::string_view text) const { return textIds(text); }
  /// The id itself. Throws Error when it is no token's.
  [[nodiscard]] int checkedId(int id) const;
};

/// The tokenizer of a Hugging Face model folder, chosen by the files that are there: vocab.txt; source.spm, target.spm
/// and vocab.json; spiece.model or tokenizer.model; vocab.json and merges.txt; tokenizer.json; tok512.json.
/// `vocabularySize` is the model's vocab_size (0 = not checked). Throws Error with the remedy when there is none or it
/// is damaged.
[[nodiscard]] std::shared_ptr<const Tokenizer> openTokenizer(const std::string& folder, int vocabularySize);

}  // namespace headroom
