// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_level.h"

#include "core/text/sequence_frame.h"
#include "core/text/unicode.h"

namespace headroom {

namespace {

enum class Kind { Space, Word, Mark };

Kind kindAt(std::string_view text, bool cutAtPunctuation) {
  const char32_t character = decodeUtf8(text.substr(0, firstCharacterBytes(text)))[0];
  if (isPatternSpace(character)) return Kind::Space;
  const bool word = character == U'_' || isLetter(character) || isNumber(character) || isNonspacingMark(character);
  return word || !cutAtPunctuation ? Kind::Word : Kind::Mark;
}

}  // namespace

std::vector<int> WordLevel::textIds(std::string_view text) const {
  std::vector<int> ids;
  splitAtWholeTokens(
      m_settings.wholeTokens, text, [&](std::string_view part) { appendPlain(part, ids); },
      [&](int id) { ids.push_back(id); });
  return ids;
}

void WordLevel::appendPlain(std::string_view text, std::vector<int>& ids) const {
  while (!text.empty()) {
    const Kind kind = kindAt(text, m_settings.cutAtPunctuation);
    size_t end = 0;
    while (end < text.size() && kindAt(text.substr(end), m_settings.cutAtPunctuation) == kind)
      end += firstCharacterBytes(text.substr(end));
    if (kind != Kind::Space) {
      const std::optional<int> id = m_vocabulary.find(text.substr(0, end));
      if (const std::optional<int> known = id ? id : m_settings.unknownId) ids.push_back(*known);
    }
    text.remove_prefix(end);
  }
}

std::string WordLevel::decode(std::span<const int> ids) const {
  std::string text;
  for (const int id : ids) {
    if (m_settings.wholeTokens.isSpecial(checkedId(id))) continue;
    text += (text.empty() ? "" : " ") + m_vocabulary.token(id);
  }
  return text;
}

std::shared_ptr<const Tokenizer> openWordLevelJson(const TokenizerFile& source) {
  WordLevelSettings settings;
  const std::string split = typeOf(source.part("pre_tokenizer"));
  if (split != "Whitespace" && split != "WhitespaceSplit")
    refuseField(source.path, "pre_tokenizer", shown(source.part("pre_tokenizer")), "Whitespace or WhitespaceSplit");
  if (!source.part("normalizer").is_null())
    refuseField(source.path, "normalizer", shown(source.part("normalizer")), "none beside WordLevel");
  settings.cutAtPunctuation = split == "Whitespace";
  Vocabulary vocabulary = source.vocabulary(settings.wholeTokens);
  settings.unknownId = vocabulary.find(member<std::string>(source.model(), "unk_token", "<unk>", source.path));
  settings.padId = vocabulary.find(specialToken(source.config, "pad_token", "<pad>", source.configPath))
                       .value_or(vocabulary.find("[PAD]").value_or(0));
  settings.frame = frameOf(source, vocabulary);
  return std::make_shared<WordLevel>(std::move(vocabulary), std::move(settings));
}

}  // namespace headroom
