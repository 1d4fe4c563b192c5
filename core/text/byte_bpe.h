// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/pair_merges.h"
#include "core/text/tokenizer.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

/// Two pieces as the file spells them, best first.
using MergeList = std::vector<std::pair<std::string, std::string>>;

struct ByteBpeSettings {
  bool addPrefixSpace = false;         ///< a text reads as if a space stood before it
  bool wholeWordsFirst = false;        ///< a word that is a token is not built from merges
  std::optional<std::string> unknown;  ///< for bytes that the vocabulary cannot spell; without it they are left out
  std::string padding;                 ///< may be missing in the vocabulary: then padding has id 0
  SequenceFrame frame;
  WholeTokens wholeTokens;
};

/// The tokenizer of GPT-2, RoBERTa and BART: byte-pair encoding over bytes.
class ByteBpe final : public Tokenizer {
 public:
  /// `origin` is the file of the merges. Throws Error when a merge names a token that the vocabulary lacks.
  ByteBpe(Vocabulary vocabulary, const MergeList& merges, const std::string& origin, ByteBpeSettings settings);

  [[nodiscard]] int padId() const override { return m_padId; }
  [[nodiscard]] int size() const override { return m_vocabulary.size(); }
  [[nodiscard]] std::string token(int id) const override { return m_vocabulary.token(id); }
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_settings.frame; }

 private:
  void appendPlain(std::string_view text, std::vector<int>& ids) const;
  void appendWord(std::string_view word, std::vector<int>& ids) const;

  Vocabulary m_vocabulary;
  ByteBpeSettings m_settings;
  PairMerges m_merges;
  std::array<int, 256> m_byteIds{};  ///< -1 = left out
  int m_padId = 0;
};

}  // namespace headroom
