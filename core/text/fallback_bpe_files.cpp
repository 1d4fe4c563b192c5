// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <utility>

#include "core/base/error.h"
#include "core/text/byte_bpe_files.h"
#include "core/text/fallback_bpe.h"
#include "core/text/sequence_frame.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

constexpr size_t kLongestScoredToken = 256;  ///< bytes; every way to cut one in two is looked up

PairMerges mergesByRank(const TokenizerFile& source, const Vocabulary& vocabulary) {
  PairMerges merges;
  int rank = 0;
  for (const auto& [left, right] : mergesOf(source)) {
    const int first = vocabulary.require(left), second = vocabulary.require(right);
    merges.add(first, second, rank++, vocabulary.require(left + right));
  }
  return merges;
}

/// Whether a step of the normaliser spells spaces, and does nothing else.
bool spellsSpaces(const Json& step) {
  const Json plainSpace = {{"String", " "}};
  return typeOf(step) == "Replace" && step.value("pattern", Json()) == plainSpace &&
         step.value("content", Json()) == kSpelledSpace;
}

/// LLaMA's normaliser spells the spaces, after it has put one before each stretch of text or not.
SpacePrefix prefixOfNormalizer(const Json& normalizer, const std::string& path) {
  const Json list =
      typeOf(normalizer) == "Sequence" ? normalizer.value("normalizers", Json()) : Json::array({normalizer});
  bool prepends = false, replaces = false, understood = list.is_array();
  for (const Json& one : list) {
    if (spellsSpaces(one)) {
      replaces = true;
    } else if (!prepends && typeOf(one) == "Prepend" && one.value("prepend", Json()) == kSpelledSpace) {
      prepends = true;
    } else {
      understood = false;
    }
  }
  if (!understood || !replaces)
    refuseField(path, "normalizer", shown(normalizer),
                "one that replaces spaces by U+2581, as LLaMA's does, and does nothing else");
  return prepends ? SpacePrefix::Always : SpacePrefix::Never;
}

/// The spaces are spelled by the normaliser or by Metaspace, never by both.
void readSpaces(const TokenizerFile& source, FallbackBpeSettings& settings) {
  const Json step = source.part("pre_tokenizer"), normalizer = source.part("normalizer");
  if (step.is_null()) {
    settings.prefix = prefixOfNormalizer(normalizer, source.path);
    return;
  }
  const Metaspace spaces = readMetaspace(step, source.path);
  if (!normalizer.is_null())
    refuseField(source.path, "normalizer", shown(normalizer), "none beside Metaspace; others are not supported there");
  settings.prefix = spaces.prefix;
  settings.ownSpaceIsPrefix = true;
  settings.cutsAtSpaces = spaces.cutsAtSpaces;
}

/// One byte a character; nothing for characters that are none.
std::string bytesOfLatin1(const Json& value, const std::string& path) {
  std::string out;
  const std::u32string characters = value.is_string() ? decodeUtf8(value.get_ref<const std::string&>()) : U"";
  for (const char32_t character : characters) {
    if (character > 0xFF)
      refuseField(path, "vocab", shown(value), "a token whose characters are bytes (U+0000 to U+00FF)");
    out += static_cast<char>(character);
  }
  if (out.empty() || out.size() > kLongestScoredToken)
    refuseField(path, "vocab", shown(value), "a token of 1 to " + std::to_string(kLongestScoredToken) + " bytes");
  return out;
}

std::vector<double> scoresOf(const Json& file, size_t count, const std::string& path) {
  const Json list = file.value("scores", Json());
  if (!list.is_array() || list.size() != count)
    refuseField(path, "scores", list.is_array() ? std::to_string(list.size()) + " numbers" : shown(list),
                std::to_string(count) + " numbers, one a token");
  std::vector<double> scores;
  for (const Json& score : list) {
    if (!score.is_number() || !std::isfinite(score.get<double>()))
      refuseField(path, "scores", shown(score), "a number");
    scores.push_back(score.get<double>());
  }
  return scores;
}

/// Every two tokens whose union is a token, ranked by its score; equal scores have equal ranks.
PairMerges mergesByScore(const Vocabulary& vocabulary, const std::vector<double>& scores, int firstPlain) {
  std::vector<double> distinct(scores);
  std::sort(distinct.begin(), distinct.end(), std::greater<>());
  PairMerges merges;
  for (int id = firstPlain; id < vocabulary.size(); ++id) {
    const std::string_view token = vocabulary.token(id);
    const auto place =
        std::lower_bound(distinct.begin(), distinct.end(), scores[static_cast<size_t>(id)], std::greater<>());
    for (size_t cut = 1; cut < token.size(); ++cut) {
      const auto left = vocabulary.find(token.substr(0, cut)), right = vocabulary.find(token.substr(cut));
      if (left && right) merges.add(*left, *right, static_cast<int>(place - distinct.begin()), id);
    }
  }
  return merges;
}

}  // namespace

std::shared_ptr<const Tokenizer> openFallbackBpeJson(const TokenizerFile& source) {
  FallbackBpeSettings settings;
  readSpaces(source, settings);
  settings.byteFallback = member(source.model(), "byte_fallback", false, source.path);
  settings.fuseUnknown = member(source.model(), "fuse_unk", false, source.path);
  Vocabulary vocabulary = source.vocabulary(settings.wholeTokens);
  const auto unknown = member<std::string>(source.model(), "unk_token", "", source.path);
  if (!unknown.empty()) settings.unknownId = vocabulary.require(unknown);
  settings.padId = vocabulary.find(specialToken(source.config, "pad_token", "<pad>", source.configPath)).value_or(0);
  settings.frame = frameOf(source, vocabulary);
  PairMerges merges = mergesByRank(source, vocabulary);
  return std::make_shared<FallbackBpe>(std::move(vocabulary), std::move(merges), std::move(settings));
}

std::shared_ptr<const Tokenizer> openScoredVocabulary(const std::string& folder, int vocabularySize) {
  constexpr int kUnknown = 0, kFirst = 1, kLast = 2, kFirstPlain = 3 + 256;  // the bytes come behind the three
  const std::string path = (std::filesystem::path(folder) / "tok512.json").string();
  const Json file = readJsonObject(path);
  const Json list = file.value("vocab", Json());
  if (!list.is_array() || list.size() <= kFirstPlain)
    refuseField(path, "vocab", list.is_array() ? std::to_string(list.size()) + " tokens" : shown(list),
                "more than " + std::to_string(kFirstPlain) + " tokens: three special ones, the bytes, and others");
  if (vocabularySize > 0 && list.size() != static_cast<size_t>(vocabularySize))
    refuseField(path, "vocab", std::to_string(list.size()) + " tokens",
                std::to_string(vocabularySize) + " (vocab_size of config.json); use the vocabulary of the model");
  std::vector<std::string> tokens;
  for (const Json& token : list) tokens.push_back(bytesOfLatin1(token, path));
  const std::vector<double> scores = scoresOf(file, tokens.size(), path);

  FallbackBpeSettings settings;
  settings.space = " ";
  settings.unknownId = kUnknown;
  settings.frame = {.before = {kFirst}, .between = {kFirst}, .after = {}};
  for (const int special : {kUnknown, kFirst, kLast})
    settings.wholeTokens.add({.text = tokens[static_cast<size_t>(special)], .id = special});
  Vocabulary vocabulary(std::move(tokens), path);
  PairMerges merges = mergesByScore(vocabulary, scores, kFirstPlain);
  return std::make_shared<FallbackBpe>(std::move(vocabulary), std::move(merges), std::move(settings));
}

}  // namespace headroom
