// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/text/added_tokens.h"
#include "core/text/json_fields.h"
#include "core/text/metaspace.h"
#include "core/text/sentence_piece_model.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"
#include "core/text/whole_tokens.h"

namespace headroom {

struct SentencePieceSettings {
  SequenceFrame frame;
  int padId = 0;
  std::vector<std::string> added;            ///< tokens behind the pieces of the model, by id
  bool wordByWord = false;                   ///< white space only parts words, and each begins with a space
  SpacePrefix prefix = SpacePrefix::Always;  ///< counts where there is a model without the space
  bool ownSpaceIsPrefix = false;             ///< text that begins with a space gets no other; likewise
  WholeTokens wholeTokens;
};

/// The tokenizer of T5 and LLaMA: a SentencePiece model whose piece numbers are the token ids.
class SentencePiece final : public Tokenizer {
 public:
  /// `model` puts its space, if any, before every stretch of text between whole tokens. Where `bare` is given, which is
  /// the same model without that space, the settings choose between the two.
  SentencePiece(std::unique_ptr<const SentencePieceModel> model, SentencePieceSettings settings,
                std::unique_ptr<const SentencePieceModel> bare = nullptr)
      : m_model(std::move(model)), m_bare(std::move(bare)), m_settings(std::move(settings)) {}

  [[nodiscard]] int padId() const override { return m_settings.padId; }
  [[nodiscard]] int size() const override { return m_model->size() + static_cast<int>(m_settings.added.size()); }
  [[nodiscard]] std::string token(int id) const override;
  [[nodiscard]] std::string decode(std::span<const int> ids) const override;

 protected:
  [[nodiscard]] std::vector<int> textIds(std::string_view text) const override;
  [[nodiscard]] const SequenceFrame& frame() const override { return m_settings.frame; }

 private:
  /// `begins`: nothing of the text stands before this part.
  [[nodiscard]] std::vector<int> partIds(std::string_view part, bool begins) const;
  [[nodiscard]] std::vector<int> idsOfWords(std::string_view part) const;

  std::unique_ptr<const SentencePieceModel> m_model;
  std::unique_ptr<const SentencePieceModel> m_bare;
  SentencePieceSettings m_settings;
};

/// Puts added tokens among the whole tokens, and those behind the `pieces` of the model into settings.added. Throws
/// Error when their ids leave a gap.
void placeAddedTokens(const AddedTokens& tokens, int pieces, const std::string& path, SentencePieceSettings& settings);

// Of both: with the tokens that tokenizer_config.json or added_tokens.json add; where the former says "legacy": false,
// text behind a whole token does not begin with a space.

/// FOLDER/spiece.model as T5 uses it: </s> behind each text, and <extra_id_99> to <extra_id_0> behind the pieces where
/// the model has room for them.
[[nodiscard]] std::shared_ptr<const Tokenizer> openT5Model(const std::string& folder, int vocabularySize);
/// FOLDER/tokenizer.model as LLaMA uses it: <s> before each text.
[[nodiscard]] std::shared_ptr<const Tokenizer> openLlamaModel(const std::string& folder, int vocabularySize);
/// A tokenizer.json of kind Unigram, with the pre-tokenizer Metaspace, alone or behind WhitespaceSplit.
[[nodiscard]] std::shared_ptr<const Tokenizer> openUnigramJson(const TokenizerFile& source);

}  // namespace headroom
