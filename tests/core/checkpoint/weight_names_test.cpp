// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/weight_names.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/core/checkpoint/scratch.h"

namespace headroom {
namespace {

using namespace checkpoint_test;

// Headers only: names, shapes and types of a checkpoint that was never written.
class FakeSource final : public TensorSource {
 public:
  explicit FakeSource(const ModelConfig& config) {
    for (const ParameterSpec& spec : parameterSpecs(config)) add(spec.hfName, spec.stored.shape);
  }
  void add(const std::string& name, const std::vector<std::int64_t>& shape, Dtype dtype = Dtype::F32) {
    m_tensors[name] = {name, dtype, shape, *tensorBytes(dtype, shape)};
  }
  void rename(const std::string& from, const std::string& to) {
    add(to, m_tensors.at(from).shape);
    m_tensors.erase(from);
  }
  void remove(const std::string& name) { m_tensors.erase(name); }

  [[nodiscard]] const std::string& path() const override { return m_path; }
  [[nodiscard]] const std::map<std::string, TensorInfo>& tensors() const override { return m_tensors; }
  [[nodiscard]] const std::string& fileOf(const std::string&) const override { return m_path; }
  void read(const std::string&, std::span<std::byte>) const override {}

 private:
  std::string m_path = "model.safetensors";
  std::map<std::string, TensorInfo> m_tensors;
};

class WeightNames : public testing::Test {
 protected:
  ModelConfig config = readModelConfig(fixture("bert_cls"));
  FakeSource source{config};
  [[nodiscard]] std::string error() const {
    return errorOf([this] { (void)resolveWeights(source, config); });
  }
};

TEST_F(WeightNames, referenceModelsResolveWithNothingLeftOver) {
  for (const char* name : {"bert_cls", "bert_cls_pruned"}) {
    const ModelConfig model = readModelConfig(fixture(name));
    const auto weights = openWeights(fixture(name));
    const ResolvedWeights resolved = resolveWeights(*weights, model);
    EXPECT_TRUE(resolved.unused.empty());
    EXPECT_TRUE(resolved.missing.empty());
    EXPECT_EQ(parameterCount(model) * 4, weights->totalBytes());
    std::set<std::string> names;
    for (const ResolvedParameter& parameter : resolved.parameters) names.insert(parameter.spec.canonical);
    EXPECT_EQ(names.size(), 5u + 4 * 16 + 4);
  }
}

TEST_F(WeightNames, specsNameShapesAndDecay) {
  const ModelConfig pruned = readModelConfig(fixture("bert_cls_pruned"));
  for (const ParameterSpec& spec : parameterSpecs(pruned)) {
    if (spec.canonical == "encoder.3.self.query.weight") {
      EXPECT_EQ(spec.shape, (std::vector<std::int64_t>{16, 64}));
    }
    if (spec.canonical == "encoder.3.self.output.weight") {
      EXPECT_EQ(spec.shape, (std::vector<std::int64_t>{64, 16}));
    }
    EXPECT_EQ(spec.noDecay, spec.canonical.ends_with(".bias") || spec.canonical.find("norm") != std::string::npos)
        << spec.canonical;
    EXPECT_EQ(spec.head, spec.canonical.starts_with("pooler") || spec.canonical.starts_with("classifier"));
  }
}

TEST_F(WeightNames, acceptsOldSpellingsAndIgnoresWhatItDoesNotKnow) {
  source.rename("bert.embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma");
  source.rename("bert.embeddings.LayerNorm.bias", "embeddings.LayerNorm.beta");
  source.rename("bert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight");
  source.add("bert.embeddings.position_ids", {1, 64}, Dtype::I64);
  source.add("cls.predictions.bias", {300});
  const ResolvedWeights resolved = resolveWeights(source, config);
  EXPECT_EQ(resolved.parameters[0].source, "embeddings.word_embeddings.weight");
  EXPECT_EQ(resolved.parameters[3].source, "bert.embeddings.LayerNorm.gamma");
  EXPECT_EQ(resolved.parameters[4].source, "embeddings.LayerNorm.beta");
  EXPECT_EQ(resolved.unused, (std::vector<std::string>{"bert.embeddings.position_ids", "cls.predictions.bias"}));
}

TEST_F(WeightNames, missingHeadIsAnErrorUnlessAllowed) {
  source.remove("classifier.weight");
  source.remove("classifier.bias");
  EXPECT_NE(error().find("classifier.weight: not found, expected [3, 64]"), std::string::npos);
  EXPECT_EQ(resolveWeights(source, config, true).missing,
            (std::vector<std::string>{"classifier.weight", "classifier.bias"}));
}

TEST_F(WeightNames, contradictionsNameFileTensorShapesAndRemedy) {
  FakeSource untouched = source;
  source.add("bert.encoder.layer.2.attention.self.key.weight", {48, 64});
  EXPECT_EQ(
      error().find(
          "model.safetensors: tensor bert.encoder.layer.2.attention.self.key.weight: found shape [48, 64], expected "
          "[64, 64] as "),
      0u)
      << error();
  source = untouched;
  source.add("classifier.bias", {3}, Dtype::I8);
  EXPECT_NE(error().find("found type I8"), std::string::npos);
  source = untouched;
  source.remove("bert.encoder.layer.3.output.dense.bias");
  EXPECT_NE(error().find("bert.encoder.layer.3.output.dense.bias: not found"), std::string::npos);
  source = untouched;
  for (const char* further :
       {"bert.encoder.layer.4.attention.self.query.weight", "encoder.layer.4.output.LayerNorm.beta"}) {
    source = untouched;
    source.add(further, {64});
    EXPECT_NE(error().find("expected 4 layers only"), std::string::npos) << further;
  }
  source = untouched;
  source.add("bert.embeddings.LayerNorm.weight", {64, 1});
  EXPECT_NE(error().find("found shape [64, 1], expected [64]"), std::string::npos);
}

ModelConfig maskedLm(const std::string& folder, const std::string& architecture, bool tied) {
  nlohmann::json config = nlohmann::json::parse(readBytes(fixture(folder + "/config.json")));
  config["architectures"] = nlohmann::json::array({architecture});
  config["tie_word_embeddings"] = tied;
  return parseModelConfig(config.dump(), "config.json");
}

TEST(MaskedLmWeights, haveAnOutputOfTheirOwnWhereTheyAreNotTied) {
  const std::vector<std::array<const char*, 4>> cases{
      {"bert_cls", "BertForMaskedLM", "cls.predictions.decoder.weight", "cls.predictions.decoder.bias"},
      {"roberta_cls", "RobertaForMaskedLM", "lm_head.decoder.weight", "lm_head.decoder.bias"},
      {"distilbert_cls", "DistilBertForMaskedLM", "vocab_projector.weight", "vocab_projector.bias"}};
  for (const auto& [folder, architecture, output, bias] : cases) {
    std::map<std::string, std::string> names;
    for (const ParameterSpec& spec : parameterSpecs(maskedLm(folder, architecture, false)))
      EXPECT_TRUE(names.emplace(spec.canonical, spec.hfName).second) << spec.canonical << " twice";
    EXPECT_EQ(names["output.weight"], output);
    EXPECT_EQ(names["head.bias"], bias);
    for (const ParameterSpec& spec : parameterSpecs(maskedLm(folder, architecture, true)))
      EXPECT_NE(spec.canonical, "output.weight") << folder;
  }
}

TEST(MaskedLmWeights, takeTheBiasThatTheCheckpointHas) {
  const ModelConfig untied = maskedLm("bert_cls", "BertForMaskedLM", false);
  const auto biasOf = [&](const FakeSource& source) {
    for (const ResolvedParameter& parameter : resolveWeights(source, untied).parameters)
      if (parameter.spec.canonical == "head.bias") return parameter.source;
    return std::string();
  };
  FakeSource source(untied);
  source.add("cls.predictions.bias", {300});
  EXPECT_EQ(biasOf(source), "cls.predictions.decoder.bias");
  source.remove("cls.predictions.decoder.bias");
  EXPECT_EQ(biasOf(source), "cls.predictions.bias");
}

TEST(MaskedLmWeights, ofATiedModelNameTheOutputsCopy) {
  const ModelConfig tied = maskedLm("bert_cls", "BertForMaskedLM", true);
  FakeSource source(tied);
  EXPECT_FALSE(resolveWeights(source, tied).outputCopy);
  source.add("cls.predictions.decoder.weight", {300, 64});
  const ResolvedWeights resolved = resolveWeights(source, tied);
  ASSERT_TRUE(resolved.outputCopy);
  EXPECT_EQ(resolved.outputCopy->source, "cls.predictions.decoder.weight");
  source.add("cls.predictions.decoder.weight", {299, 64});
  EXPECT_NE(errorOf([&] { (void)resolveWeights(source, tied); }).find("found shape [299, 64], expected [300, 64]"),
            std::string::npos);
}

}  // namespace
}  // namespace headroom
