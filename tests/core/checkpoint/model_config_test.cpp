// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/model_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/checkpoint/pruned_config.h"
#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;
using nlohmann::json;

json smallConfig() { return json::parse(readBytes(fixture("bert_cls/config.json"))); }

ModelConfig with(const json& changes) {
  json config = smallConfig();
  config.update(changes);
  return parseModelConfig(config.dump(), "config.json");
}

TEST(ModelConfig, readsEveryField) {
  const ModelConfig config = readModelConfig(fixture("bert_cls"));
  EXPECT_EQ(config.family, "bert");
  EXPECT_EQ(config.task, Task::SequenceClassification);
  EXPECT_EQ(config.architectures, std::vector<std::string>{"BertForSequenceClassification"});
  EXPECT_EQ(config.hidden, 64);
  EXPECT_EQ(config.layerCount(), 4);
  EXPECT_EQ(config.stacks[0].intermediate, 256);
  EXPECT_EQ(config.vocabulary, 300);
  EXPECT_EQ(config.maxPositions, 64);
  EXPECT_EQ(config.typeVocabulary, 2);
  EXPECT_EQ(config.headDim, 16);
  EXPECT_EQ(config.heads.headCount(), 16);
  EXPECT_FALSE(config.alreadyPruned());
  EXPECT_EQ(config.activation, Activation::Gelu);
  EXPECT_DOUBLE_EQ(config.normEps, 1e-12);
  EXPECT_DOUBLE_EQ(config.hiddenDropout, 0.1);
  EXPECT_DOUBLE_EQ(config.classifierDropout, 0.1);
  EXPECT_EQ(config.labels, (std::vector<std::string>{"LABEL_0", "LABEL_1", "LABEL_2"}));
  EXPECT_EQ(json::parse(config.json), smallConfig());
}

TEST(ModelConfig, readsRotarySettingsInTheOldAndInTheNewPlace) {
  const auto llama = [](const json& changes) {
    json config = json::parse(readBytes(fixture("llama_gqa/config.json")));
    for (const char* old : {"rope_theta", "rope_scaling", "rope_parameters"}) config.erase(old);
    config.update(changes);
    return parseModelConfig(config.dump(), "config.json").rotary;
  };
  const json scaling{{"rope_type", "llama3"},
                     {"factor", 8.0},
                     {"low_freq_factor", 1.0},
                     {"high_freq_factor", 4.0},
                     {"original_max_position_embeddings", 64}};
  json parameters = scaling;
  parameters["rope_theta"] = 500000.0;
  const RotaryConfig before = llama({{"rope_theta", 500000.0}, {"rope_scaling", scaling}}),
                     now = llama({{"rope_parameters", parameters}});
  EXPECT_EQ(now.theta, 500000);
  EXPECT_EQ(now.theta, before.theta);
  EXPECT_EQ(now.scaling, RotaryConfig::Scaling::Llama3);
  EXPECT_EQ(now.factor, before.factor);
  EXPECT_EQ(now.originalPositions, before.originalPositions);
  EXPECT_EQ(llama({{"rope_parameters", {{"rope_theta", 7.0}, {"rope_type", "default"}}}}).theta, 7);
  const std::string message = errorOf([&] { (void)llama({{"rope_parameters", {{"rope_type", "yarn"}}}}); });
  EXPECT_NE(message.find("rope_parameters: rope_type: found 'yarn'"), std::string::npos) << message;
}

TEST(ModelConfig, readsPrunedHeads) {
  const ModelConfig config = readModelConfig(fixture("bert_cls_pruned"));
  EXPECT_TRUE(config.alreadyPruned());
  EXPECT_EQ(config.headDim, 16);
  EXPECT_EQ(config.heads.headsIn(0), 2);
  EXPECT_EQ(config.heads.headsIn(1), 3);
  EXPECT_EQ(config.heads.headsIn(2), 4);
  EXPECT_EQ(config.heads.headsIn(3), 1);
  EXPECT_EQ(config.originalHeads[0], (std::vector<int>{0, 2}));
  EXPECT_EQ(config.originalHeads[3], std::vector<int>{3});
}

TEST(ModelConfig, ownHeadCountsWinOverPrunedHeads) {
  const ModelConfig config = with({{"pruned_heads", {{"0", {1}}}}, {"headroom", {{"heads_per_layer", {3, 2, 0, 4}}}}});
  EXPECT_EQ(config.originalHeads[0], (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(config.originalHeads[1], (std::vector<int>{0, 1}));
  EXPECT_EQ(config.heads.headsIn(2), 0);
  EXPECT_EQ(config.heads.headsIn(3), 4);
}

TEST(ModelConfig, labelsFollowTheirNumbersNotTheirOrder) {
  json names = json::object();
  for (int i = 0; i < 12; ++i) names[std::to_string(i)] = "name " + std::to_string(i);
  const ModelConfig config = with({{"id2label", names}});
  ASSERT_EQ(config.labelCount(), 12);
  EXPECT_EQ(config.labels[2], "name 2");
  EXPECT_EQ(config.labels[10], "name 10");
  EXPECT_EQ(with({{"id2label", nullptr}, {"num_labels", 5}}).labelCount(), 5);
  EXPECT_EQ(with({{"id2label", nullptr}}).labels, (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
}

TEST(ModelConfig, takesTheProblemTypeThatGoesWithItsLabels) {
  EXPECT_EQ(with({{"problem_type", "single_label_classification"}}).labelCount(), 3);
  EXPECT_EQ(with({{"problem_type", "regression"}, {"id2label", nullptr}, {"num_labels", 1}}).labelCount(), 1);
  EXPECT_EQ(with({{"problem_type", nullptr}}).labelCount(), 3);
}

TEST(ModelConfig, readsHowT5ScalesItsOutputFromEitherVersionsFields) {
  const auto t5 = [](const json& changes) {
    json config = json::parse(readBytes(fixture("t5_seq2seq/config.json")));
    config.update(changes);
    return parseModelConfig(config.dump(), "config.json");
  };
  const auto expect = [&](const json& changes, bool tied, double scale) {
    const ModelConfig config = t5(changes);
    EXPECT_EQ(config.tiedOutput, tied) << changes;
    EXPECT_DOUBLE_EQ(config.outputScale, scale) << changes;
  };
  expect(json::object(), true, 0.125);
  expect({{"tie_word_embeddings", false}}, false, 1);
  expect({{"tie_word_embeddings", true}, {"scale_decoder_outputs", true}}, true, 0.125);
  expect({{"tie_word_embeddings", true}, {"scale_decoder_outputs", false}}, false, 1);
  expect({{"tie_word_embeddings", false}, {"scale_decoder_outputs", true}}, false, 0.125);
}

TEST(ModelConfig, robertasHeadsDifferFromBertsInActivationAndDropout) {
  const auto read = [](const char* folder, const json& changes) {
    json config = json::parse(readBytes(fixture(std::string(folder) + "/config.json")));
    config.update(changes);
    return parseModelConfig(config.dump(), "config.json");
  };
  const json relu{{"hidden_act", "relu"}, {"activation", "relu"}, {"classifier_dropout", 0.25}};
  const ModelConfig bert = read("bert_cls", relu), roberta = read("roberta_cls", relu);
  EXPECT_EQ(bert.headActivation, Activation::Relu);
  EXPECT_EQ(roberta.activation, Activation::Relu);
  EXPECT_EQ(roberta.headActivation, Activation::Gelu);
  EXPECT_EQ(read("distilbert_cls", relu).headActivation, Activation::Relu);
  EXPECT_EQ(bert.poolerDropout, 0);
  EXPECT_EQ(roberta.poolerDropout, 0.25);
  EXPECT_EQ(roberta.classifierDropout, 0.25);
  EXPECT_EQ(read("bert_cls", {{"architectures", json::array({"BertForQuestionAnswering"})}}).classifierDropout, 0);
  EXPECT_GT(
      read("distilbert_cls", {{"architectures", json::array({"DistilBertForQuestionAnswering"})}}).classifierDropout,
      0);
}

TEST(ModelConfig, knowsActivations) {
  EXPECT_EQ(with({{"hidden_act", "gelu_new"}}).activation, Activation::GeluTanh);
  EXPECT_EQ(with({{"hidden_act", "gelu_pytorch_tanh"}}).activation, Activation::GeluTanh);
  EXPECT_EQ(with({{"hidden_act", "relu"}}).activation, Activation::Relu);
  EXPECT_EQ(with({{"hidden_act", "silu"}}).activation, Activation::Silu);
}

TEST(ModelConfig, refusesWhatContradictsItselfNamingTheField) {
  const std::vector<std::pair<json, std::string>> cases{
      {{{"model_type", "rwkv"}}, "family 'rwkv' is not supported by this version, expected one of bert, roberta"},
      {{{"hidden_size", 0}}, "hidden_size: found 0"},
      {{{"hidden_size", -64}}, "hidden_size: found -64"},
      {{{"hidden_size", 64.5}}, "hidden_size: found 64.5"},
      {{{"hidden_size", "64"}}, "hidden_size: found '64'"},
      {{{"hidden_size", nullptr}}, "hidden_size: found nothing"},
      {{{"hidden_size", 18446744073709551615u}}, "hidden_size: found 18446744073709551615"},
      {{{"num_attention_heads", 5}}, "num_attention_heads: found 5, expected a divisor of the hidden size 64"},
      {{{"num_hidden_layers", 1'000'000}}, "num_hidden_layers"},
      {{{"vocab_size", json::array()}}, "vocab_size: found an array"},
      {{{"pad_token_id", 300}}, "pad_token_id: found 300, expected a whole number from 0 to 299"},
      {{{"layer_norm_eps", -1}}, "layer_norm_eps"},
      {{{"hidden_dropout_prob", 1.5}}, "hidden_dropout_prob: found 1.5"},
      {{{"hidden_act", "mish"}}, "hidden_act: found 'mish'"},
      {{{"position_embedding_type", "relative_key"}}, "position_embedding_type"},
      {{{"is_decoder", true}}, "is_decoder"},
      {{{"pruned_heads", {{"4", {0}}}}}, "pruned_heads: found layer '4', expected layers from 0 to 3"},
      {{{"pruned_heads", {{"-1", {0}}}}}, "pruned_heads: found layer '-1'"},
      {{{"pruned_heads", {{"0", {4}}}}}, "found 4, expected heads from 0 to 3"},
      {{{"pruned_heads", {{"0", {-1}}}}}, "found -1"},
      {{{"pruned_heads", {{"0", {1, 1}}}}}, "head 1 twice"},
      {{{"pruned_heads", {{"0", 1}}}}, "an array of heads"},
      {{{"headroom", {{"heads_per_layer", {4, 4, 4}}}}}, "found 3 numbers"},
      {{{"headroom", {{"heads_per_layer", {4, 4, 4, 5}}}}}, "found 5"},
      {{{"id2label", {{"0", "a"}, {"2", "b"}}}}, "id2label: found class '2'"},
      {{{"id2label", {{"x", "a"}}}}, "id2label: found class 'x'"},
      {{{"num_labels", 7}}, "expected 7 as num_labels says"},
      {{{"problem_type", "multi_label_classification"}},
       "problem_type: found 'multi_label_classification', expected single_label_classification as the model has 3 "
       "labels"},
      {{{"problem_type", "regression"}}, "problem_type: found 'regression', expected single_label_classification"},
      {{{"problem_type", "single_label_classification"}, {"id2label", nullptr}, {"num_labels", 1}},
       "problem_type: found 'single_label_classification', expected regression as the model has 1 label"}};
  for (const auto& [changes, expected] : cases) {
    const std::string message = errorOf([&] { with(changes); });
    EXPECT_NE(message.find(expected), std::string::npos) << message << " instead of " << expected;
    EXPECT_EQ(message.find("config.json: "), 0u) << message;
  }
}

TEST(ModelConfig, refusesDamagedFiles) {
  const TemporaryFolder folder;
  EXPECT_NE(errorOf([&] { (void)readModelConfig(folder.path()); }).find("no config.json"), std::string::npos);
  EXPECT_NE(errorOf([&] { (void)readModelConfig(folder.file("none")); }).find("no folder"), std::string::npos);
  const std::string whole = readBytes(fixture("bert_cls/config.json"));
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    errorOf([&] { (void)parseModelConfig(whole.substr(0, size), "config.json"); });
  errorOf([&] { (void)parseModelConfig("[]", "config.json"); });
  errorOf([&] { (void)parseModelConfig("{\"a\": 1, \"a\": 1}", "config.json"); });
  errorOf([&] { (void)parseModelConfig("{\"a\": " + std::string(100'000, '['), "config.json"); });
  errorOf([&] { (void)parseModelConfig("{\"a\": 1e999}", "config.json"); });
  errorOf([&] { (void)parseModelConfig("\xff\xfe\x00", "config.json"); });
}

TEST(PrunedConfig, namesHeadsOfTheUnprunedModelAndReadsBack) {
  const ModelConfig config = readModelConfig(fixture("bert_cls_pruned"));
  HeadMask mask(config.heads);
  mask.set({0, 0}, false);  // head 0 of the unpruned model; head 2 is left
  mask.set({3, 0}, false);  // the last one of its layer
  const ModelConfig pruned = parseModelConfig(prunedConfigJson(config, mask), "config.json");
  EXPECT_EQ(pruned.originalHeads[0], std::vector<int>{2});
  EXPECT_EQ(pruned.originalHeads[1], (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(pruned.heads.headsIn(3), 0);
  const json written = json::parse(pruned.json);
  EXPECT_EQ(written["pruned_heads"]["0"], (json{0, 1, 3}));
  EXPECT_FALSE(written["pruned_heads"].contains("2"));
  EXPECT_EQ(written["headroom"]["heads_per_layer"], (json{1, 3, 4, 0}));
  EXPECT_EQ(written["hidden_act"], "gelu");
  EXPECT_THROW((void)prunedConfigJson(readModelConfig(fixture("bert_cls")), mask), Error);
}

}  // namespace
}  // namespace headroom
