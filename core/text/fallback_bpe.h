// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/metaspace.h"
#include "core/text/pair_merges.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

struct FallbackBpeSettings {
  std::string space = kSpelledSpace;  ///< how the vocabulary spells a space
  SpacePrefix prefix = SpacePrefix::Always;
  bool ownSpaceIsPrefix = false;  ///< text that begins with a space gets no other
  bool cutsAtSpaces = false;      ///< nothing is merged across the beginning of a word
  bool byteFallback = true;       ///< <0x00> to <0xFF> spell what no token does
  int unknownId = -1;             ///< for what cannot be spelled; -1 = left out
  bool fuseUnknown = true;        ///< unknown characters in a row are one token
  int padId = 0;
  SequenceFrame frame;
  WholeTokens wholeTokens;
};

/// Byte-pair encoding over characters, bytes where a character is no token: LLaMA's.
class FallbackBpe final : public Tokenizer {
 public:
  FallbackBpe(Vocabulary vocabulary, PairMerges merges, FallbackBpeSettings settings);

  [[nodiscard]] int padId() const override { return m_settings.padId; }
  [[nodiscard]] int size() const override { return m_vocabulary.size(); }
  [[nodiscard]] std::string token(int id) const override { return m_vocabulary.token(checkedId(id)); }
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_settings.frame; }

 private:
  /// `begins`: nothing of the text stands before this part.
  void appendPlain(std::string_view part, bool begins, std::vector<int>& ids) const;
  void appendWord(std::string_view spelled, std::vector<int>& ids) const;
  void appendCharacter(std::string_view character, std::vector<int>& ids) const;

  Vocabulary m_vocabulary;
  PairMerges m_merges;
  FallbackBpeSettings m_settings;
  std::array<int, 256> m_byteIds{};  ///< -1 = none
};

/// A tokenizer.json of kind BPE whose spaces are U+2581 (LLaMA).
[[nodiscard]] std::shared_ptr<const Tokenizer> openFallbackBpeJson(const TokenizerFile& source);

/// FOLDER/tok512.json: {"vocab": [...], "scores": [...]}, the vocabulary of llama2.c. The tokens are bytes, one
/// character a byte; of two neighbours those are merged first whose union scores highest. Id 1 begins each text, id 2
/// ends.
[[nodiscard]] std::shared_ptr<const Tokenizer> openScoredVocabulary(const std::string& folder, int vocabularySize);

}  // namespace headroom
