// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_piece_files.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "core/text/added_tokens.h"
#include "core/text/json_fields.h"
#include "core/text/word_piece.h"

namespace headroom {

namespace {

/// The settings that tokenizer_config.json may change; the file itself may be missing.
Json readConfig(const std::string& path, WordPieceSettings& settings) {
  Json config = readJsonObjectIfThere(path);
  settings.splitting.lowerCase = member(config, "do_lower_case", settings.splitting.lowerCase, path);
  settings.splitting.stripAccents = member(config, "strip_accents", settings.splitting.lowerCase, path);
  settings.splitting.spaceCjk = member(config, "tokenize_chinese_chars", settings.splitting.spaceCjk, path);
  settings.unknown = specialToken(config, "unk_token", settings.unknown, path);
  settings.first = specialToken(config, "cls_token", settings.first, path);
  settings.separator = specialToken(config, "sep_token", settings.separator, path);
  settings.padding = specialToken(config, "pad_token", settings.padding, path);
  if (!member(config, "do_basic_tokenize", true, path))
    refuseField(path, "do_basic_tokenize", "false", "true; other ways of splitting words are not supported");
  return config;
}

constexpr std::uint64_t kLongestWord = 1'000'000;  ///< characters

/// The normaliser's settings; only BERT's own is understood.
void applyNormalizer(const Json& file, const std::string& path, WordSplitting& splitting) {
  const auto found = file.find("normalizer");
  const bool known = found != file.end() && found->is_object() && found->value("type", Json()) == "BertNormalizer";
  if (!known)
    refuseField(path, "normalizer", found == file.end() ? "nothing" : shown(*found),
                "a BertNormalizer; save the model with BertTokenizer, which writes vocab.txt");
  splitting.lowerCase = member(*found, "lowercase", true, path);
  splitting.stripAccents = member(*found, "strip_accents", splitting.lowerCase, path);
  if (!member(*found, "clean_text", true, path))
    refuseField(path, "normalizer.clean_text", "false", "true; text that is not cleaned is not supported");
  splitting.spaceCjk = member(*found, "handle_chinese_chars", true, path);
}

void requireBertSplitting(const TokenizerFile& source) {
  const Json step = source.part("pre_tokenizer");
  if (typeOf(step) != "BertPreTokenizer")
    refuseField(source.path, "pre_tokenizer", shown(step),
                "BertPreTokenizer; other ways of splitting words are not supported");
}

int longestWord(const TokenizerFile& source, int usual) {
  const auto found = source.model().find("max_input_chars_per_word");
  if (found == source.model().end() || found->is_null()) return usual;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() > kLongestWord)
    refuseField(source.path, "model.max_input_chars_per_word", shown(*found),
                "a whole number from 0 to " + std::to_string(kLongestWord));
  return found->get<int>();
}

std::string within(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

std::shared_ptr<const Tokenizer> assemble(Vocabulary vocabulary, const Json& config, const std::string& configPath,
                                          WordPieceSettings settings) {
  const std::string mask = specialToken(config, "mask_token", "[MASK]", configPath);
  if (const auto id = vocabulary.find(mask)) settings.wholeTokens.add({.text = mask, .id = *id});
  return std::make_shared<WordPiece>(std::move(vocabulary), std::move(settings));
}

}  // namespace

std::shared_ptr<const Tokenizer> openWordPieceVocabulary(const std::string& folder, int vocabularySize) {
  const std::string path = within(folder, "vocab.txt");
  const std::string configPath = within(folder, "tokenizer_config.json");
  WordPieceSettings settings;
  const Json config = readConfig(configPath, settings);
  AddedTokens added;
  addFromOldFile(within(folder, "added_tokens.json"), added);
  addFromConfig(config, configPath, added);
  Vocabulary vocabulary =
      extended(readVocabulary(path, vocabularySize), added, vocabularySize, path, settings.wholeTokens);
  return assemble(std::move(vocabulary), config, configPath, std::move(settings));
}

std::shared_ptr<const Tokenizer> openWordPieceJson(const TokenizerFile& source) {
  const std::string& path = source.path;
  WordPieceSettings settings;
  const Json config = readConfig(source.configPath, settings);
  applyNormalizer(source.file, path, settings.splitting);
  requireBertSplitting(source);
  settings.longestWord = longestWord(source, settings.longestWord);
  settings.unknown = member(source.model(), "unk_token", settings.unknown, path);
  settings.continuation = member(source.model(), "continuing_subword_prefix", settings.continuation, path);
  Vocabulary vocabulary = source.vocabulary(settings.wholeTokens);
  return assemble(std::move(vocabulary), config, source.configPath, std::move(settings));
}

}  // namespace headroom
