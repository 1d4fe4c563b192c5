// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/generation_config.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "core/base/files.h"
#include "core/checkpoint/config_fields.h"
#include "core/checkpoint/families/family.h"
#include "core/checkpoint/json_text.h"

namespace headroom {

namespace {

constexpr std::int64_t kMaxFile = 10 << 20;
constexpr int kMaxLength = 1 << 16;

int readId(const ConfigFields& fields, const char* field, const nlohmann::json& id, int vocabulary) {
  if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= static_cast<std::uint64_t>(vocabulary))
    fields.fail(field, foundText(id), "a token id below " + std::to_string(vocabulary));
  return id.get<int>();
}

/// [[58100], [17, 4]]: sequences of token ids.
std::vector<std::vector<int>> readBadWords(const ConfigFields& fields, int vocabulary) {
  std::vector<std::vector<int>> words;
  const nlohmann::json* value = fields.find("bad_words_ids");
  if (value == nullptr) return words;
  if (!value->is_array()) fields.fail("bad_words_ids", foundText(*value), "an array of arrays of token ids");
  for (const nlohmann::json& word : *value) {
    if (!word.is_array() || word.empty()) fields.fail("bad_words_ids", foundText(word), "an array of token ids");
    std::vector<int> ids;
    for (const nlohmann::json& id : word) ids.push_back(readId(fields, "bad_words_ids", id, vocabulary));
    words.push_back(std::move(ids));
  }
  return words;
}

std::vector<int> readSuppressed(const ConfigFields& fields, int vocabulary) {
  std::vector<int> ids;
  const nlohmann::json* value = fields.find("suppress_tokens");
  if (value == nullptr) return ids;
  if (!value->is_array()) fields.fail("suppress_tokens", foundText(*value), "an array of token ids");
  for (const nlohmann::json& id : *value) ids.push_back(readId(fields, "suppress_tokens", id, vocabulary));
  return ids;
}

EarlyStopping readEarlyStopping(const ConfigFields& fields) {
  const nlohmann::json* value = fields.find("early_stopping");
  if (value == nullptr) return EarlyStopping::Expected;
  if (value->is_boolean()) return value->get<bool>() ? EarlyStopping::AtOnce : EarlyStopping::Expected;
  if (*value != "never") fields.fail("early_stopping", foundText(*value), "true, false or 'never'");
  return EarlyStopping::Never;
}

/// Settings that change what greedy or beam search writes and that are not known here, unless they change nothing.
void refuseOtherSettings(const ConfigFields& fields) {
  constexpr std::pair<const char*, int> kNeutral[] = {{"num_beam_groups", 1},
                                                      {"diversity_penalty", 0},
                                                      {"encoder_no_repeat_ngram_size", 0},
                                                      {"encoder_repetition_penalty", 1},
                                                      {"penalty_alpha", 0},
                                                      {"guidance_scale", 1}};
  for (const auto& [field, neutral] : kNeutral)
    if (const nlohmann::json* value = fields.find(field); value && *value != neutral)
      fields.fail(field, foundText(*value), std::to_string(neutral) + ": this version has no other way to write");
  for (const char* field : {"constraints", "force_words_ids", "forced_decoder_ids", "begin_suppress_tokens",
                            "sequence_bias", "exponential_decay_length_penalty", "stop_strings", "dola_layers"})
    if (const nlohmann::json* value = fields.find(field); value && !value->empty())
      fields.fail(field, foundText(*value), "none: this version has no such way to write");
}

/// What a list of end tokens names beside the first.
std::vector<int> readOtherEnds(const ConfigFields& fields, int vocabulary) {
  std::vector<int> ids;
  const nlohmann::json* value = fields.find("eos_token_id");
  if (value == nullptr || !value->is_array()) return ids;
  for (size_t i = 1; i < value->size(); ++i) {
    const nlohmann::json& id = (*value)[i];
    if (!id.is_number_unsigned()) fields.fail("eos_token_id", foundText(id), "token ids");
    if (id.get<std::uint64_t>() < static_cast<std::uint64_t>(vocabulary)) ids.push_back(id.get<int>());
  }
  return ids;
}

}  // namespace

bool GenerationConfig::ends(std::int64_t token) const {
  return (eosId >= 0 && token == eosId) ||
         std::find(otherEosIds.begin(), otherEosIds.end(), token) != otherEosIds.end();
}

GenerationConfig GenerationConfig::after(int beginning) const {
  GenerationConfig whole = *this;
  if (maxNewTokens > 0) whole.maxLength = beginning + maxNewTokens;
  if (minNewTokens > 0) whole.minLength = beginning + minNewTokens;
  whole.maxNewTokens = whole.minNewTokens = 0;
  return whole;
}

GenerationConfig readGenerationConfig(const std::string& folder, const ModelConfig& model) {
  std::error_code ignored;
  const std::string own = folder + "/generation_config.json";
  const bool hasOwn = std::filesystem::exists(own, ignored);
  const std::string path = hasOwn ? own : model.path;
  const nlohmann::json object = parseJson(hasOwn ? readTextFile(own, kMaxFile) : model.json, path);
  const ConfigFields fields(object, path);
  GenerationConfig config;
  config.beams = fields.integer("num_beams", 1, 1024, 1);
  config.maxLength = fields.integer("max_length", 1, kMaxLength, config.maxLength);
  config.minLength = fields.integer("min_length", 0, kMaxLength, 0);
  config.maxNewTokens = fields.integer("max_new_tokens", 1, kMaxLength, 0);
  config.minNewTokens = fields.integer("min_new_tokens", 0, kMaxLength, 0);
  if (model.stack(Stack::Encoder)) config = config.after(1);
  config.lengthPenalty = fields.real("length_penalty", -100, 100, 1);
  config.earlyStopping = readEarlyStopping(fields);
  config.renormalise = fields.flag("renormalize_logits");
  config.repetitionPenalty = fields.real("repetition_penalty", 0.01, 100, 1);
  config.noRepeatNgram = fields.integer("no_repeat_ngram_size", 0, 1024, 0);
  config.startId = readTokenId(fields, "decoder_start_token_id", model, model.decoderStartId);
  config.eosId = readTokenId(fields, "eos_token_id", model, model.eosId);
  config.otherEosIds = readOtherEnds(fields, model.vocabulary);
  config.padId = readTokenId(fields, "pad_token_id", model, model.fillId());
  config.forcedBosId = readTokenId(fields, "forced_bos_token_id", model);
  config.forcedEosId = readTokenId(fields, "forced_eos_token_id", model);
  config.badWords = readBadWords(fields, model.vocabulary);
  config.suppressed = readSuppressed(fields, model.vocabulary);
  refuseOtherSettings(fields);
  return config;
}

}  // namespace headroom
