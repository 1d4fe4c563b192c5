// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sequence_frame.h"

#include <algorithm>
#include <array>

namespace headroom {

namespace {

constexpr const char* kField = "post_processor";

[[noreturn]] void refuseProcessor(const std::string& path, const Json& found) {
  refuseField(path, kField, shown(found),
              "BertProcessing, RobertaProcessing, or a TemplateProcessing of special tokens around A and B");
}

/// ["</s>", 2]: the token counts, its id may have moved.
int tokenOfPair(const Json& processor, const char* name, const Vocabulary& vocabulary, const std::string& path) {
  const Json pair = processor.value(name, Json());
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string())
    refuseField(path, std::string(kField) + "." + name, shown(pair), "a list of token and id");
  return vocabulary.require(pair[0].get<std::string>());
}

/// What stands before, between and behind the texts of a template, and the type of the last text.
struct Template {
  std::array<std::vector<int>, 3> special;
  size_t texts = 0;
  int lastType = 0;
};

Template readTemplate(const Json& list, const Vocabulary& vocabulary, const std::string& path) {
  Template out;
  if (!list.is_array()) refuseProcessor(path, list);
  for (const Json& part : list) {
    const Json text = part.is_object() ? part.value("Sequence", Json()) : Json();
    const Json token = part.is_object() ? part.value("SpecialToken", Json()) : Json();
    if (text.is_object()) {
      if (++out.texts > 2 || text.value("id", Json()) != (out.texts == 1 ? "A" : "B")) refuseProcessor(path, list);
      const Json type = text.value("type_id", Json(0));
      out.lastType = type == 1 ? 1 : 0;
    } else if (token.is_object() && token.value("id", Json()).is_string()) {
      out.special.at(out.texts).push_back(vocabulary.require(token["id"].get<std::string>()));
    } else {
      refuseProcessor(path, list);
    }
  }
  return out;
}

SequenceFrame frameOfTemplate(const Json& processor, const Vocabulary& vocabulary, const std::string& path) {
  const Template single = readTemplate(processor.value("single", Json()), vocabulary, path);
  const Template pair = readTemplate(processor.value("pair", Json()), vocabulary, path);
  if (single.texts != 1 || pair.texts != 2 || single.special[0] != pair.special[0] ||
      single.special[1] != pair.special[2])
    refuseProcessor(path, processor);
  return {
      .before = single.special[0], .between = pair.special[1], .after = single.special[1], .secondType = pair.lastType};
}

SequenceFrame frameOfProcessor(const Json& processor, const Vocabulary& vocabulary, const std::string& path) {
  const std::string type = typeOf(processor);
  if (processor.is_null() || type == "ByteLevel") return {};
  if (type == "TemplateProcessing") return frameOfTemplate(processor, vocabulary, path);
  if (type == "Sequence") {
    const Json list = processor.value("processors", Json());
    if (!list.is_array()) refuseProcessor(path, processor);
    const auto framing =
        std::find_if(list.begin(), list.end(), [](const Json& one) { return typeOf(one) != "ByteLevel"; });
    return framing == list.end() || typeOf(*framing) == "Sequence" ? SequenceFrame{}
                                                                   : frameOfProcessor(*framing, vocabulary, path);
  }
  if (type != "BertProcessing" && type != "RobertaProcessing") refuseProcessor(path, processor);
  const int first = tokenOfPair(processor, "cls", vocabulary, path);
  const int separator = tokenOfPair(processor, "sep", vocabulary, path);
  if (type == "BertProcessing")
    return {.before = {first}, .between = {separator}, .after = {separator}, .secondType = 1};
  return {.before = {first}, .between = {separator, separator}, .after = {separator}, .secondType = 0};
}

}  // namespace

SequenceFrame frameOf(const TokenizerFile& source, const Vocabulary& vocabulary) {
  return frameOfProcessor(source.part(kField), vocabulary, source.path);
}

}  // namespace headroom
