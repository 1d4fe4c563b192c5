// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"
#include "core/text/vocabulary.h"
#include "core/text/whole_tokens.h"

namespace headroom {

struct WordLevelSettings {
  bool cutAtPunctuation = true;  ///< runs of letters, digits and underscores part from runs of other characters
  std::optional<int> unknownId;  ///< a word that is no token; without it such words are left out
  int padId = 0;
  SequenceFrame frame;
  WholeTokens wholeTokens;
};

/// Every word is a token: for generated token sequences.
class WordLevel final : public Tokenizer {
 public:
  WordLevel(Vocabulary vocabulary, WordLevelSettings settings)
      : m_vocabulary(std::move(vocabulary)), m_settings(std::move(settings)) {}

  [[nodiscard]] int padId() const override { return m_settings.padId; }
  [[nodiscard]] int size() const override { return m_vocabulary.size(); }
  [[nodiscard]] std::string token(int id) const override { return m_vocabulary.token(checkedId(id)); }
  /// Words separated by single spaces.
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_settings.frame; }

 private:
  void appendPlain(std::string_view text, std::vector<int>& ids) const;

  Vocabulary m_vocabulary;
  WordLevelSettings m_settings;
};

/// A tokenizer.json of kind WordLevel with the pre-tokenizer Whitespace or WhitespaceSplit.
[[nodiscard]] std::shared_ptr<const Tokenizer> openWordLevelJson(const TokenizerFile& source);

}  // namespace headroom
