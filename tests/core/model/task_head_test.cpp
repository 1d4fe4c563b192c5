// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/task_head.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/heads.h"

namespace headroom {
namespace {

using test::largestDifference;
using test::smallConfig;

ModelInput someTokens() { return test::tokensOnly(torch::tensor({{2, 5, 7, 29, 3}}, torch::kInt64)); }

TEST(TaskHead, predictsMaskedTokensByWeightsOfItsOwnWhereTheyAreNotTied) {
  const torch::NoGradGuard noGrad;
  for (const char* family : {"bert", "roberta", "distilbert"}) {
    const ModelConfig untied = smallConfig(family, "masked-lm", {{"tie_word_embeddings", false}}),
                      tied = smallConfig(family, "masked-lm", {{"tie_word_embeddings", true}});
    const Parameters own = Parameters::random(untied, 3);
    std::vector<Parameters::Entry> shared, same = own.entries();
    for (Parameters::Entry& entry : same) {
      if (entry.spec.canonical == "output.weight") {
        entry.tensor = own.at("embeddings.word");
      } else {
        shared.push_back(entry);
      }
    }
    const torch::Tensor expected = Transformer(tied, Parameters(shared)).forward(someTokens()).logits;
    EXPECT_LE(largestDifference(Transformer(untied, Parameters(same)).forward(someTokens()).logits, expected), 1e-5)
        << family;
    EXPECT_GT(largestDifference(Transformer(untied, own).forward(someTokens()).logits, expected), 0.01) << family;
  }
}

TEST(TaskHead, ofRobertaIsGeluWhateverTheLayersAre) {
  const torch::NoGradGuard noGrad;
  for (const char* family : {"bert", "roberta"}) {
    const ModelConfig config = smallConfig(family, "masked-lm", {{"hidden_act", "relu"}});
    const Transformer model(config, Parameters::random(config, 3));
    ForwardOptions options;
    options.keepHiddenStates = true;
    const ForwardOutput output = model.forward(someTokens(), options);
    const Parameters& weights = model.parameters();
    const torch::Tensor in =
        torch::linear(output.encoderStates.back(), weights.at("head.dense.weight"), weights.at("head.dense.bias"));
    const torch::Tensor active = std::string(family) == "roberta" ? torch::gelu(in) : torch::relu(in);
    const torch::Tensor normed =
        torch::layer_norm(active, {16}, weights.at("head.norm.weight"), weights.at("head.norm.bias"), config.normEps);
    const torch::Tensor expected = torch::linear(normed, weights.at("embeddings.word"), weights.at("head.bias"));
    EXPECT_LE(largestDifference(output.logits, expected), 1e-4) << family;
  }
}

TEST(TaskHead, classifiesAPaddedTextAsItDoesAlone) {
  const torch::NoGradGuard noGrad;
  const Transformer model = test::decoderClassifier();
  const torch::Tensor alone = model.forward(test::tokensOnly(torch::tensor({{0, 5, 6, 7}}, torch::kInt64))).logits[0];
  const torch::Tensor together = model.forward(test::twoTexts()).logits;
  EXPECT_LE(largestDifference(together[0], alone), 1e-5);
  EXPECT_GT(largestDifference(together[1], alone), 1e-3);
}

/// How far dropout moves the logits of a model that has none but what its configuration says of its head.
double movedByDropout(const ModelConfig& config) {
  const torch::NoGradGuard noGrad;
  const Transformer model(config, Parameters::random(config, 3));
  torch::manual_seed(1);
  ForwardOptions training;
  training.training = true;
  return largestDifference(model.forward(someTokens(), training).logits, model.forward(someTokens()).logits);
}

TEST(TaskHead, dropsOutWhereItsFamilyDoes) {
  const nlohmann::json half{{"classifier_dropout", 0.5}, {"qa_dropout", 0.5}};
  EXPECT_LE(movedByDropout(smallConfig("bert", "question-answering", half)), 1e-5);
  EXPECT_LE(movedByDropout(smallConfig("roberta", "question-answering", half)), 1e-5);
  EXPECT_GT(movedByDropout(smallConfig("distilbert", "question-answering", half)), 1e-3);
  ModelConfig config = smallConfig("roberta", "classification", half);
  config.classifierDropout = 0;
  EXPECT_GT(movedByDropout(config), 1e-3) << "before the dense layer";
  config.poolerDropout = 0;
  EXPECT_LE(movedByDropout(config), 1e-5);
}

class OutputOfT5 : public testing::Test {
 protected:
  test::TemporaryFolder scratch;
  const torch::NoGradGuard noGrad;
  Transformer model = test::openTransformer(test::fixture("t5_seq2seq"));
  torch::Tensor embeddings = model.parameters().at("embeddings.word").clone();

  /// The reference with an lm_head.weight, undefined = none, opened with another config.json.
  [[nodiscard]] Parameters load(const torch::Tensor& output, const nlohmann::json& changes) const {
    std::vector<TensorToWrite> tensors = model.parameters().toWrite();
    if (output.defined()) tensors.push_back(tensorToWrite("lm_head.weight", output));
    writeSafetensors(scratch.file("model.safetensors"), std::move(tensors));
    nlohmann::json json = nlohmann::json::parse(model.config().json);
    json.update(changes);
    return Parameters::load(SafetensorsFile(scratch.file("model.safetensors")),
                            parseModelConfig(json.dump(), "config.json"), torch::kCPU);
  }
};

TEST_F(OutputOfT5, isWhatTransformers5HasInTheFile) {
  const nlohmann::json rewritten{{"tie_word_embeddings", true}, {"scale_decoder_outputs", false}};
  EXPECT_TRUE(torch::equal(load(embeddings * 2, rewritten).at("output.weight"), embeddings * 2));
  EXPECT_TRUE(torch::equal(load({}, rewritten).at("output.weight"), embeddings));
}

TEST_F(OutputOfT5, isMissedWhereItIsUntied) {
  const std::string line = test::messageOf<Error>([&] { (void)load({}, {{"tie_word_embeddings", false}}); });
  EXPECT_NE(line.find("lm_head.weight"), std::string::npos) << line;
}

TEST_F(OutputOfT5, mayBeACopyOfTheEmbeddingsWhereItIsTied) {
  EXPECT_FALSE(load(embeddings, nlohmann::json::object()).find("output.weight").defined());
}

TEST_F(OutputOfT5, isRefusedWhereItIsTiedAndDiffers) {
  torch::Tensor other = embeddings.clone();
  other[7][3] += 1;
  const std::string line = test::messageOf<Error>([&] { (void)load(other, nlohmann::json::object()); });
  EXPECT_EQ(line.find(scratch.file("model.safetensors") + ": tensor lm_head.weight: found other values than in "), 0U)
      << line;
  EXPECT_NE(line.find("config.json says tie_word_embeddings true; write false there"), std::string::npos) << line;
}

}  // namespace
}  // namespace headroom
