// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/low_rank_adapters.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/jobs/train_on.h"
#include "core/prune/surgery.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/jobs/toy_classifier.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

bool isQueryOrValue(const std::string& name) {
  return name.ends_with(".self.query.weight") || name.ends_with(".self.value.weight");
}

/// A pruned toy, adapted for a few steps.
struct AdaptedToy : test::OpenToyClassifier {
  TrainSettings settings;
  Transformer small;

  AdaptedToy() : small(compact(*workspace.state().opened, keepRandom(layout, 7, 2))) {
    settings.steps = 6;
    settings.batch = 8;
    settings.lr = 1e-3;
  }
  [[nodiscard]] Transformer adapted() {
    return trainedOn(small, workspace.state(), settings, {}, Recovery::LowRank).model;
  }
};

TEST(LowRankAdapters, leaveTheModelAsItIsAtFirst) {
  const Transformer model = test::randomBert({4, 0, 2});
  const LowRankAdapters adapters(model, 1);
  const ModelInput batch = test::randomBatch(3, 8);
  EXPECT_TRUE(
      torch::equal(Transformer(model.config(), adapters.adapted()).forward(batch).logits, model.forward(batch).logits));
}

TEST(LowRankAdapters, changeQueriesAndValuesByLowRankAndTheTasksHead) {
  AdaptedToy toy;
  const std::string before = weightsSha256(toy.small.parameters(), {});
  const Transformer adapted = toy.adapted();
  EXPECT_EQ(weightsSha256(toy.small.parameters(), {}), before) << "the pruned model stays";
  for (size_t i = 0; i < adapted.parameters().entries().size(); ++i) {
    const Parameters::Entry &now = adapted.parameters().entries()[i], &first = toy.small.parameters().entries()[i];
    EXPECT_FALSE(now.tensor.requires_grad()) << now.spec.canonical;
    const bool changes = (isQueryOrValue(now.spec.canonical) && now.tensor.numel() > 0) || now.spec.head;
    EXPECT_EQ(torch::equal(now.tensor, first.tensor), !changes) << now.spec.canonical;
    if (!isQueryOrValue(now.spec.canonical) || now.tensor.numel() == 0) continue;
    const torch::Tensor singular = std::get<1>(torch::svd((now.tensor - first.tensor).to(torch::kFloat64)));
    EXPECT_GT(singular[0].item<double>(), 1e-6) << now.spec.canonical;
    for (std::int64_t k = LowRankAdapters::kRank; k < singular.size(0); ++k)
      EXPECT_LT(singular[k].item<double>(), 1e-6 * singular[0].item<double>() + 1e-7) << now.spec.canonical;
  }
}

TEST(LowRankAdapters, sameSeedGivesTheSameBytes) {
  AdaptedToy toy;
  const std::string first = weightsSha256(toy.adapted().parameters(), {});
  EXPECT_EQ(weightsSha256(toy.adapted().parameters(), {}), first);
  toy.settings.seed = 2;
  EXPECT_NE(weightsSha256(toy.adapted().parameters(), {}), first);
}

TEST(LowRankAdapters, learnByTheGradientOfTheLoss) {
  const Transformer model = test::randomBert({4, 2});
  const LowRankAdapters adapters(model, 3);
  const ModelInput batch = test::randomBatch(4, 8);
  const auto loss = [&] {
    return Transformer(model.config(), adapters.adapted()).forward(batch).logits.log_softmax(-1).select(1, 0).sum();
  };
  torch::Tensor up = adapters.learned().at("encoder.0.self.query.weight.adapter_b");
  up.set_requires_grad(true);
  loss().backward();
  const torch::NoGradGuard noGrad;
  constexpr double kStep = 1e-3;
  for (const std::int64_t row : {0, 9, 31}) {
    const double slope = up.grad()[row][3].item<double>();
    up[row][3] += kStep;
    const double above = loss().item<double>();
    up[row][3] -= 2 * kStep;
    const double below = loss().item<double>();
    up[row][3] += kStep;
    EXPECT_NEAR((above - below) / (2 * kStep), slope, 2e-2 * std::abs(slope) + 2e-3) << row;
  }
}

TEST(LowRankAdapters, wantSomethingToAdapt) {
  const ModelConfig config =
      parseModelConfig(R"({"model_type":"gpt2","n_embd":32,"n_layer":1,"n_head":4,"n_positions":16,"vocab_size":50,)"
                       R"("headroom":{"heads_per_layer":[0]}})",
                       "config.json");
  const Transformer model(config, Parameters::random(config, 1));
  EXPECT_NE(test::messageOf<Error>([&] { (void)LowRankAdapters(model, 1); }).find("keep more heads"),
            std::string::npos);
}

TEST(LowRankAdapters, leaveTheOutputOfLanguageModelsAlone) {
  const ModelConfig config =
      parseModelConfig(R"({"model_type":"gpt2","n_embd":32,"n_layer":2,"n_head":4,"n_positions":16,"vocab_size":50,)"
                       R"("tie_word_embeddings":false})",
                       "config.json");
  const LowRankAdapters adapters(Transformer(config, Parameters::random(config, 1)), 1);
  for (const Parameters::Entry& learned : adapters.learned().entries())
    EXPECT_NE(learned.spec.canonical.find(".adapter_"), std::string::npos) << learned.spec.canonical;
  EXPECT_EQ(adapters.learned().entries().size(), 2U * 2 * 2) << "A and B of queries and values of two layers";
}

}  // namespace
}  // namespace headroom
