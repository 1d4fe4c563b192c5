// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

/// How BERT splits text into words before it looks them up.
struct WordSplitting {
  bool lowerCase = true;
  bool stripAccents = true;  ///< Hugging Face's default is the value of lowerCase
  bool spaceCjk = true;      ///< every CJK ideograph is a word of its own
};

/// Appends the words of `text` to `words`: cleaned, lower-cased, without accents, cut at punctuation. A word that is
/// `isWhole` (a special token that appeared through cleaning) is left as it is.
void splitWords(std::u32string_view text, const WordSplitting& splitting, const WholeTokens& whole,
                std::vector<std::u32string>& words);

struct WordPieceSettings {
  WordSplitting splitting;
  std::string unknown = "[UNK]";
  std::string first = "[CLS]";
  std::string separator = "[SEP]";
  std::string padding = "[PAD]";
  std::string continuation = "##";  ///< marks a piece that continues a word
  int longestWord = 100;            ///< characters; a longer word is unknown
  /// Tokens that are found in raw text before it is split into words, beside the four above.
  WholeTokens wholeTokens;
};

/// BERT's tokenizer, equal to Hugging Face's BertTokenizer.
class WordPiece final : public Tokenizer {
 public:
  /// Throws Error when the vocabulary lacks a special token.
  WordPiece(Vocabulary vocabulary, WordPieceSettings settings);

  [[nodiscard]] int padId() const override { return m_padId; }
  [[nodiscard]] int size() const override { return m_vocabulary.size(); }
  [[nodiscard]] std::string token(int id) const override { return m_vocabulary.token(id); }
  /// Words separated by single spaces: WordPiece keeps no record of the spaces that were there.
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;
  /// A piece that cannot be told apart within its word, because accents were joined, stands for the whole word.
  [[nodiscard]] LocatedIds locate(std::string_view text) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_frame; }

 private:
  void appendPlain(std::string_view text, std::vector<int>& ids) const;
  void appendWord(std::u32string_view word, std::vector<int>& ids) const;
  /// `run` has no white space and begins at byte `begin`.
  void locateRun(std::string_view run, size_t begin, LocatedIds& out) const;
  /// Characters of its word that a piece stands for.
  [[nodiscard]] size_t pieceLength(int id, std::u32string_view word, bool first) const;
  /// Id and end (in characters) of the longest piece that begins at character `start`; the end is `start` for none.
  [[nodiscard]] std::pair<int, size_t> longestPiece(const std::string& bytes, const std::vector<size_t>& offsets,
                                                    size_t start) const;

  Vocabulary m_vocabulary;
  WordPieceSettings m_settings;
  SequenceFrame m_frame;
  int m_unknownId = 0;
  int m_padId = 0;
  std::unordered_map<std::string_view, int> m_continuations;  ///< without their mark
  size_t m_longestPiece = 0;                                  ///< bytes
};

}  // namespace headroom
