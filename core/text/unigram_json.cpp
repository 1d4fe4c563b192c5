// SPDX-License-Identifier: GPL-3.0-or-later
// A tokenizer.json of kind Unigram holds what a SentencePiece model file holds: it is written as one, for the library.
#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "core/text/added_tokens.h"
#include "core/text/model_proto.h"
#include "core/text/sentence_piece.h"
#include "core/text/sequence_frame.h"

namespace headroom {

namespace {

std::string fromBase64(const Json& value, const std::string& path) {
  const std::string text = value.is_string() ? value.get<std::string>() : std::string();
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0 || text.empty() || text.size() % 4 != 0)
    refuseField(path, "normalizer.precompiled_charsmap", shown(value), "base64");
  out.resize(static_cast<size_t>(length) - static_cast<size_t>(std::count(text.end() - 2, text.end(), '=')));
  return out;
}

/// Every step of the normaliser that SentencePiece has a setting for.
void applyNormalizer(const Json& step, const std::string& path, ModelDescription& model) {
  const std::string type = typeOf(step);
  if (type == "Sequence") {
    for (const Json& one : step.value("normalizers", Json::array())) applyNormalizer(one, path, model);
  } else if (type == "Precompiled") {
    model.charsmap = fromBase64(step.value("precompiled_charsmap", Json()), path);
  } else if (type == "Replace" || type == "Strip") {
    model.removeExtraSpaces = true;
  } else if (!step.is_null()) {
    refuseField(path, "normalizer", shown(step), "Precompiled, Replace and Strip, as SentencePiece has them");
  }
}

/// Metaspace, alone or behind WhitespaceSplit.
void applyPreTokenizer(const Json& step, const std::string& path, ModelDescription& model,
                       SentencePieceSettings& settings) {
  const Json list = typeOf(step) == "Sequence" ? step.value("pretokenizers", Json()) : Json::array({step});
  settings.wordByWord = list.is_array() && list.size() == 2 && typeOf(list[0]) == "WhitespaceSplit";
  if (!list.is_array() || list.size() != (settings.wordByWord ? 2 : 1))
    refuseField(path, "pre_tokenizer", shown(step), "Metaspace, alone or behind WhitespaceSplit");
  settings.prefix = readMetaspace(list.back(), path).prefix;
  settings.ownSpaceIsPrefix = true;
  model.addDummyPrefix = settings.prefix != SpacePrefix::Never;
  if (!settings.wordByWord) return;
  if (settings.prefix != SpacePrefix::Always)
    refuseField(path, "pre_tokenizer", shown(step), "prepend_scheme \"always\" behind WhitespaceSplit");
  model.removeExtraSpaces = true;  // those that the normaliser makes of other characters
}

/// The same model without the space in front, where one model alone cannot keep to the settings.
std::unique_ptr<const SentencePieceModel> bareModel(ModelDescription model, const SentencePieceSettings& settings,
                                                    const std::string& path) {
  const bool alike = settings.wordByWord || settings.prefix == SpacePrefix::Never ||
                     (settings.prefix == SpacePrefix::Always && model.removeExtraSpaces);
  if (alike) return nullptr;
  model.addDummyPrefix = false;
  return std::make_unique<SentencePieceModel>(modelFile(model), path);
}

std::vector<ModelPiece> piecesOf(const TokenizerFile& source) {
  const Json list = source.model().value("vocab", Json());
  if (!list.is_array() || list.empty()) refuseField(source.path, "model.vocab", shown(list), "a list of pieces");
  const Json unknown = source.model().value("unk_id", Json());
  if (!unknown.is_number_unsigned() || unknown.get<std::uint64_t>() >= list.size())
    refuseField(source.path, "model.unk_id", shown(unknown), "the id of a piece");
  const bool bytes = member(source.model(), "byte_fallback", false, source.path);
  std::vector<ModelPiece> pieces;
  for (const Json& entry : list) {
    if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
      refuseField(source.path, "model.vocab", shown(entry), "a list of piece and score");
    ModelPiece piece{.text = entry[0].get<std::string>(), .score = entry[1].get<float>(), .kind = PieceKind::Normal};
    const bool isByte = piece.text.size() == 6 && piece.text.starts_with("<0x") && piece.text.ends_with('>');
    if (bytes && isByte) piece.kind = PieceKind::Byte;
    pieces.push_back(std::move(piece));
  }
  pieces[unknown.get<size_t>()].kind = PieceKind::Unknown;
  return pieces;
}

/// Special tokens among the pieces cannot come from text, those behind them are added ones.
void placeAdded(const TokenizerFile& source, ModelDescription& model, SentencePieceSettings& settings) {
  AddedTokens added;
  addFromList(source.file, source.path, added);
  const auto known = static_cast<std::int64_t>(model.pieces.size());
  placeAddedTokens(added, static_cast<int>(known), source.path, settings);
  for (const auto& [id, token] : added) {
    if (id >= known) continue;
    ModelPiece& piece = model.pieces[static_cast<size_t>(id)];
    if (piece.text != token.text)
      refuseField(source.path, "added_tokens", shown(Json(token.text)) + " with id " + std::to_string(id),
                  "the token of that id, " + shown(Json(piece.text)));
    if (token.special && piece.kind == PieceKind::Normal) piece.kind = PieceKind::Control;
  }
}

}  // namespace

std::shared_ptr<const Tokenizer> openUnigramJson(const TokenizerFile& source) {
  ModelDescription model;
  SentencePieceSettings settings;
  model.pieces = piecesOf(source);
  model.byteFallback = member(source.model(), "byte_fallback", false, source.path);
  model.removeExtraSpaces = false;
  applyNormalizer(source.part("normalizer"), source.path, model);
  applyPreTokenizer(source.part("pre_tokenizer"), source.path, model, settings);
  placeAdded(source, model, settings);

  std::vector<std::string> tokens;
  for (const ModelPiece& piece : model.pieces) tokens.push_back(piece.text);
  tokens.insert(tokens.end(), settings.added.begin(), settings.added.end());
  requireLikelySize(static_cast<int>(tokens.size()), source.vocabularySize, source.path);
  const Vocabulary vocabulary(std::move(tokens), source.path);
  settings.frame = frameOf(source, vocabulary);
  settings.padId = vocabulary.find(specialToken(source.config, "pad_token", "<pad>", source.configPath)).value_or(0);
  auto bare = bareModel(model, settings, source.path);
  return std::make_shared<SentencePiece>(std::make_unique<SentencePieceModel>(modelFile(model), source.path),
                                         std::move(settings), std::move(bare));
}

}  // namespace headroom
