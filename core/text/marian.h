// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/text/sentence_piece_model.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

/// Marian's tokenizer: one SentencePiece model for the language that is read, one for the language that is written, and
/// a vocabulary that gives the pieces of both their ids. A leading ">>xx<<" that is in the vocabulary chooses a
/// language.
class Marian final : public Tokenizer {
 public:
  /// `added`: tokens of the vocabulary that are found in raw text, beside the end, the unknown and the padding.
  Marian(std::unique_ptr<const SentencePieceModel> source, std::unique_ptr<const SentencePieceModel> target,
         Vocabulary vocabulary, WholeTokens added);

  [[nodiscard]] int padId() const override { return m_padId; }
  [[nodiscard]] int size() const override { return m_vocabulary.size(); }
  [[nodiscard]] std::string token(int id) const override { return m_vocabulary.token(checkedId(id)); }
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] std::vector<int> targetIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_frame; }

 private:
  void appendPieces(const SentencePieceModel& model, std::string_view text, std::vector<int>& ids) const;

  std::unique_ptr<const SentencePieceModel> m_source;
  std::unique_ptr<const SentencePieceModel> m_target;
  Vocabulary m_vocabulary;
  SequenceFrame m_frame;
  WholeTokens m_special;
  int m_unknownId = 0;
  int m_padId = 0;
};

/// From FOLDER/source.spm, target.spm and vocab.json, with the tokens that tokenizer_config.json or added_tokens.json
/// add. Throws Error when they do not belong together.
[[nodiscard]] std::shared_ptr<const Tokenizer> openMarian(const std::string& folder, int vocabularySize);

}  // namespace headroom
