// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_bpe_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/text/added_tokens.h"
#include "core/text/sequence_frame.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

/// The two pieces of "a b"; empty ones when the text is not of that form.
std::pair<std::string, std::string> halves(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) return {};
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

/// "a b" or ["a", "b"]; empty pieces for anything else.
std::pair<std::string, std::string> mergeOf(const Json& merge) {
  if (merge.is_string()) return halves(merge.get_ref<const std::string&>());
  if (!merge.is_array() || merge.size() != 2 || !merge[0].is_string() || !merge[1].is_string()) return {};
  return {merge[0].get<std::string>(), merge[1].get<std::string>()};
}

MergeList readMerges(const std::string& path) {
  const std::string text = readTextFile(path, kLargestTokenizerFile);
  MergeList merges;
  std::int64_t number = 0;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    begin = end + 1;
    if (++number == 1 && line.starts_with("#version")) continue;
    if (line.empty()) continue;
    merges.push_back(halves(line));
    if (merges.back().first.empty() || merges.back().second.empty())
      throw Error(ErrorKind::BadFile,
                  path + ": line " + std::to_string(number) + ": found " + shortened(line) +
                      ", expected two tokens separated by one space; copy the model's merges again");
  }
  if (merges.empty())
    throw Error(ErrorKind::BadFile, path + ": found no merge, expected one a line; copy the model's merges again");
  return merges;
}

/// The names of the special tokens; each is one only where the vocabulary has it.
void addSpecialTokens(const Json& config, const std::string& configPath, const Vocabulary& vocabulary,
                      WholeTokens& whole) {
  static constexpr std::array<std::pair<const char*, const char*>, 7> kNames{{{"bos_token", "<s>"},
                                                                              {"eos_token", "</s>"},
                                                                              {"unk_token", "<unk>"},
                                                                              {"pad_token", "<pad>"},
                                                                              {"mask_token", "<mask>"},
                                                                              {"cls_token", "<s>"},
                                                                              {"sep_token", "</s>"}}};
  for (const auto& [name, usual] : kNames) {
    const std::string token = specialToken(config, name, usual, configPath);
    const bool takesSpace = token == "<mask>";  // as RoBERTa's own code declares it
    if (const auto id = vocabulary.find(token); id && !whole.contains(token))
      whole.add({.text = token, .id = *id, .takesSpaceBefore = takesSpace});
  }
  if (const auto end = vocabulary.find("<|endoftext|>"); end && !whole.contains("<|endoftext|>"))
    whole.add({.text = "<|endoftext|>", .id = *end});
}

SequenceFrame frameWithoutProcessor(const Json& config, const std::string& configPath, const Vocabulary& vocabulary) {
  const auto first = vocabulary.find(specialToken(config, "cls_token", "<s>", configPath));
  const auto separator = vocabulary.find(specialToken(config, "sep_token", "</s>", configPath));
  if (first && separator) return {.before = {*first}, .between = {*separator, *separator}, .after = {*separator}};
  SequenceFrame frame;
  if (member(config, "add_bos_token", false, configPath))
    frame.before = {vocabulary.require(specialToken(config, "bos_token", "<|endoftext|>", configPath))};
  return frame;
}

/// The byte-level step of a pre-tokenizer, alone or in a sequence.
Json byteLevelStep(const TokenizerFile& source) {
  const Json step = source.part("pre_tokenizer");
  const Json list = typeOf(step) == "Sequence" ? step.value("pretokenizers", Json()) : Json::array({step});
  if (list.is_array() && list.size() == 1 && typeOf(list[0]) == "ByteLevel" &&
      member(list[0], "use_regex", true, source.path))
    return list[0];
  refuseField(source.path, "pre_tokenizer", shown(step),
              "ByteLevel with its own pattern (GPT-2, RoBERTa); other ways of splitting are not supported");
}

void finish(ByteBpeSettings& settings, const Json& config, const std::string& configPath,
            const Vocabulary& vocabulary) {
  addSpecialTokens(config, configPath, vocabulary, settings.wholeTokens);
  settings.padding =
      specialToken(config, "pad_token", vocabulary.find("<pad>") ? "<pad>" : "<|endoftext|>", configPath);
}

}  // namespace

std::shared_ptr<const Tokenizer> openByteBpeVocabulary(const std::string& folder, int vocabularySize) {
  const std::filesystem::path root(folder);
  const std::string path = (root / "vocab.json").string(), mergesPath = (root / "merges.txt").string();
  const std::string configPath = (root / "tokenizer_config.json").string();
  const Json config = readJsonObjectIfThere(configPath);
  AddedTokens added;
  addFromOldFile((root / "added_tokens.json").string(), added);
  addFromConfig(config, configPath, added);
  ByteBpeSettings settings;
  Vocabulary vocabulary = extended(vocabularyOf(readJsonObject(path), vocabularySize, "of token ids", path), added,
                                   vocabularySize, path, settings.wholeTokens);
  requireNoHoles(vocabulary, path);
  settings.addPrefixSpace = member(config, "add_prefix_space", false, configPath);
  settings.frame = frameWithoutProcessor(config, configPath, vocabulary);
  const std::string unknown =
      specialToken(config, "unk_token", vocabulary.find("<unk>") ? "<unk>" : "<|endoftext|>", configPath);
  if (vocabulary.find(unknown)) settings.unknown = unknown;
  finish(settings, config, configPath, vocabulary);
  return std::make_shared<ByteBpe>(std::move(vocabulary), readMerges(mergesPath), mergesPath, std::move(settings));
}

MergeList mergesOf(const TokenizerFile& source) {
  for (const char* mark : {"continuing_subword_prefix", "end_of_word_suffix"})
    if (const auto text = member<std::string>(source.model(), mark, "", source.path); !text.empty())
      refuseField(source.path, std::string("model.") + mark, shown(Json(text)),
                  "none; pieces with marks at their ends are not supported");
  const Json list = source.model().value("merges", Json());
  if (!list.is_array()) refuseField(source.path, "model.merges", shown(list), "a list of merges");
  MergeList merges;
  merges.reserve(list.size());
  for (const Json& merge : list) {
    merges.push_back(mergeOf(merge));
    if (merges.back().first.empty() || merges.back().second.empty())
      refuseField(source.path, "model.merges", shown(merge), R"(two tokens: "a b" or ["a", "b"])");
  }
  return merges;
}

std::shared_ptr<const Tokenizer> openByteBpeJson(const TokenizerFile& source) {
  ByteBpeSettings settings;
  settings.addPrefixSpace = member(byteLevelStep(source), "add_prefix_space", true, source.path);
  settings.wholeWordsFirst = member(source.model(), "ignore_merges", false, source.path);
  const auto unknown = member<std::string>(source.model(), "unk_token", "", source.path);
  if (!unknown.empty()) settings.unknown = unknown;
  if (!source.part("normalizer").is_null())
    refuseField(source.path, "normalizer", shown(source.part("normalizer")), "none beside byte-level BPE");
  Vocabulary vocabulary = source.vocabulary(settings.wholeTokens);
  settings.frame = frameOf(source, vocabulary);
  finish(settings, source.config, source.configPath, vocabulary);
  return std::make_shared<ByteBpe>(std::move(vocabulary), mergesOf(source), source.path, std::move(settings));
}

}  // namespace headroom
