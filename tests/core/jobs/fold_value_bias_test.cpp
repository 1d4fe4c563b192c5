// SPDX-License-Identifier: GPL-3.0-or-later
// Models that are pruned with the removed heads' value biases folded into the output biases.
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/requests.h"
#include "core/model/transformer.h"
#include "core/prune/surgery.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"
#include "tests/core/model/stored_types.h"

namespace headroom {
namespace {

/// The model whose pruned heads output their value bias at every position.
torch::Tensor logitsAtRest(const Transformer& model, const ModelInput& input, const HeadMask& mask) {
  ForwardOptions options;
  options.outputs = [&](int block, const torch::Tensor& outputs) {
    const AttentionWeights& weights = model.attention(block);
    torch::Tensor replaced = outputs.clone();  // [batch, heads, query, d]
    for (int head = 0; head < mask.layout().headsIn(block); ++head)
      if (!mask.kept(HeadId{block, head}))
        replaced.select(1, head).copy_(
            weights.value.bias.view({weights.kvHeads, weights.headDim})[head].expand_as(replaced.select(1, head)));
    return replaced;
  };
  return model.forward(input, options).logits;
}

/// Biases that matter: a trained model's are small, a fresh one's are 0.
Transformer withLargeBiases(const Transformer& model) {
  torch::manual_seed(4);
  std::vector<Parameters::Entry> entries = model.parameters().entries();
  for (Parameters::Entry& entry : entries)
    if (entry.spec.canonical.ends_with("value.bias")) entry.tensor = torch::randn_like(entry.tensor);
  return {model.config(), Parameters(std::move(entries))};
}

class FoldedFamily : public testing::TestWithParam<const char*> {};

TEST_P(FoldedFamily, computesWhatHeadsAtRestCompute) {
  const torch::NoGradGuard noGrad;
  const Transformer model = withLargeBiases(test::openTransformer(test::fixture(GetParam())));
  const ModelInput input = test::openInputs(test::fixture(GetParam()));
  for (const int keep : {0, 1, model.layout().headCount() / 2, model.layout().headCount()}) {
    const HeadMask mask = keepRandom(model.layout(), keep, 5);
    const torch::Tensor expected = logitsAtRest(model, input, mask);
    const Transformer folded = withFoldedValueBiases(model, mask);
    EXPECT_LE(test::largestDifference(compact(folded, mask).forward(input).logits, expected), 2e-5) << keep;
    EXPECT_LE(
        test::largestDifference(Transformer(model.config(), zeroed(folded, mask)).forward(input).logits, expected),
        2e-5)
        << keep;
    if (keep > 0 && keep < mask.headCount()) {
      EXPECT_GT(test::largestDifference(compact(model, mask).forward(input).logits, expected), 1e-4)
          << "silence is something else";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, FoldedFamily,
                         testing::Values("bert_cls", "distilbert_cls", "roberta_cls", "vit_cls", "gpt2_lm",
                                         "bart_seq2seq", "marian_mt"));

TEST(FoldValueBias, familiesWithoutBiasesAreRefusedInOneLine) {
  for (const char* family : {"llama_gqa", "t5_seq2seq"}) {
    const Transformer model = test::openTransformer(test::fixture(family));
    EXPECT_FALSE(hasValueBiases(model.config()));
    const std::string message =
        test::messageOf<Error>([&] { (void)withFoldedValueBiases(model, keepRandom(model.layout(), 1, 1)); });
    EXPECT_NE(message.find("found no value and output biases in the attention of"), std::string::npos) << message;
    EXPECT_NE(message.find("save without folding"), std::string::npos) << message;
  }
}

TEST(FoldValueBias, everyFormIsComparedWithHeadsAtRestAndSaysSo) {
  const test::TemporaryFolder folder;
  const std::string half = test::storedAs(folder, test::fixture("bert_cls"), torch::kBFloat16);
  for (const std::string& path : {test::fixture("bert_cls"), half}) {
    Workspace workspace({"cpu", "float32", 1});
    const ModelSummary model = openModel(workspace, {path}, {});
    EXPECT_TRUE(model.valueBiases);
    for (const std::string form : {"compact", "zeroed", "onnx"}) {
      PruneRequest request;
      request.mask = keepRandom(model.layout, 4, 2);
      request.form = form;
      request.outPath = folder.file(form + std::to_string(path == half));
      request.foldValueBias = true;
      const PruneReport report = pruneModel(workspace, request, {});
      EXPECT_TRUE(report.foldedValueBias);
      EXPECT_LE(report.maxAbsDiff, 1e-4) << form;
      EXPECT_EQ(report.samePredictions, report.examples);
      const auto config = nlohmann::json::parse(readTextFile(report.path + "/config.json"));
      EXPECT_EQ(config["headroom"]["removed_heads"], "value bias") << form;
    }
    const PruneReport silent = pruneModel(
        workspace, {keepRandom(model.layout, 4, 2), "compact", folder.file("silent" + std::to_string(path == half))},
        {});
    EXPECT_EQ(nlohmann::json::parse(readTextFile(silent.path + "/config.json"))["headroom"]["removed_heads"],
              "nothing");
  }
  Workspace again({"cpu", "float32", 1});
  const ModelSummary cut = openModel(again, {folder.file("compact0")}, {});
  const PruneReport twice = pruneModel(again, {keepRandom(cut.layout, 2, 2), "compact", folder.file("twice")}, {});
  EXPECT_EQ(nlohmann::json::parse(readTextFile(twice.path + "/config.json"))["headroom"]["removed_heads"], "value bias")
      << "what was folded in once is still there";
}

}  // namespace
}  // namespace headroom
