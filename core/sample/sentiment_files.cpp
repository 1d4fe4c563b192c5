// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_files.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <system_error>

#include "core/base/error.h"
#include "core/base/files.h"

namespace headroom {

namespace {

using Json = nlohmann::ordered_json;

/// [CLS] and [SEP] around the longest sentence.
constexpr int kFewestPositions = kMaxSentimentWords + 2;

[[noreturn]] void refuse(const std::string& field, const std::string& found, const std::string& expected) {
  throw Error(ErrorKind::BadInput, "sample: " + field + ": found " + found + ", expected " + expected);
}

void requireAtLeast(const std::string& field, int found, int least) {
  if (found < least) refuse(field, std::to_string(found), std::to_string(least) + " or more");
}

void check(const SentimentSampleSettings& settings) {
  requireAtLeast("layers", settings.layers, 1);
  requireAtLeast("heads", settings.heads, 1);
  requireAtLeast("hidden", settings.hidden, 1);
  requireAtLeast("intermediate", settings.intermediate, 1);
  requireAtLeast("max positions", settings.maxPositions, kFewestPositions);
  if (settings.hidden % settings.heads != 0) {
    refuse("hidden", std::to_string(settings.hidden), "a multiple of heads (" + std::to_string(settings.heads) + ")");
  }
}

Json modelConfig(const SentimentSampleSettings& settings) {
  Json config;
  config["architectures"] = {"BertForSequenceClassification"};
  config["attention_probs_dropout_prob"] = settings.dropout;
  config["classifier_dropout"] = nullptr;
  config["hidden_act"] = "gelu";
  config["hidden_dropout_prob"] = settings.dropout;
  config["hidden_size"] = settings.hidden;
  config["id2label"] = {{"0", "negative"}, {"1", "positive"}};
  config["initializer_range"] = settings.initializerRange;
  config["intermediate_size"] = settings.intermediate;
  config["label2id"] = {{"negative", 0}, {"positive", 1}};
  config["layer_norm_eps"] = 1e-12;
  config["max_position_embeddings"] = settings.maxPositions;
  config["model_type"] = "bert";
  config["num_attention_heads"] = settings.heads;
  config["num_hidden_layers"] = settings.layers;
  config["pad_token_id"] = 0;
  config["position_embedding_type"] = "absolute";
  config["torch_dtype"] = "float32";
  config["type_vocab_size"] = 2;
  config["use_cache"] = true;
  config["vocab_size"] = sentimentVocabulary().size();
  return config;
}

Json tokenizerConfig(const SentimentSampleSettings& settings) {
  Json config;
  config["cls_token"] = "[CLS]";
  config["do_lower_case"] = true;
  config["mask_token"] = "[MASK]";
  config["model_max_length"] = settings.maxPositions;
  config["pad_token"] = "[PAD]";
  config["sep_token"] = "[SEP]";
  config["tokenizer_class"] = "BertTokenizer";
  config["unk_token"] = "[UNK]";
  return config;
}

std::string tableOf(std::span<const LabelledText> sentences) {
  std::string table = "sentence\tlabel\n";
  for (const LabelledText& row : sentences) table += row.text + '\t' + std::to_string(row.label) + '\n';
  return table;
}

}  // namespace

SentimentData generateSentimentData(const SentimentSampleSettings& settings) {
  requireAtLeast("train sentences", settings.trainSentences, 1);
  requireAtLeast("dev sentences", settings.devSentences, 1);
  const std::int64_t total = std::int64_t{settings.trainSentences} + settings.devSentences;
  if (total > kMostSentimentSentences) {
    refuse("train and dev sentences", std::to_string(total), "at most " + std::to_string(kMostSentimentSentences));
  }
  // One call for both: it repeats no sentence, so what is cut off its end occurs nowhere in the rest.
  SentimentData data;
  data.train = generateSentiment(static_cast<int>(total), settings.seed);
  const auto border = data.train.begin() + settings.trainSentences;
  data.dev.assign(border, data.train.end());
  data.train.erase(border, data.train.end());
  return data;
}

void writeSentimentFiles(const std::string& folder, const SentimentSampleSettings& settings,
                         const SentimentData& data) {
  check(settings);
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw Error(ErrorKind::Io, folder + ": cannot make the folder: " + failure.message());
  std::string vocabulary;
  for (const std::string& word : sentimentVocabulary()) vocabulary += word + '\n';
  writeFileAtomically(folder + "/train.tsv", tableOf(data.train));
  writeFileAtomically(folder + "/dev.tsv", tableOf(data.dev));
  writeFileAtomically(folder + "/vocab.txt", vocabulary);
  writeFileAtomically(folder + "/tokenizer_config.json", tokenizerConfig(settings).dump(2) + '\n');
  writeFileAtomically(folder + "/config.json", modelConfig(settings).dump(2) + '\n');
}

}  // namespace headroom
