// SPDX-License-Identifier: GPL-3.0-or-later
// Exported graphs, run operation by operation, against the transformer that they were written from.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/export/graph_runner.h"
#include "core/export/onnx_file.h"
#include "core/export/onnx_inputs.h"
#include "core/export/transformer_graph.h"
#include "core/prune/surgery.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/heads.h"

namespace headroom {
namespace {

class OnnxOf : public testing::TestWithParam<const char*> {
 protected:
  test::TemporaryFolder scratch;
  const torch::NoGradGuard noGrad;
  Transformer model = test::openTransformer(test::fixture(GetParam()));
  ModelInput input = inputs();

  /// The decoder's graph takes no mask: padding behind a text changes nothing before it.
  static ModelInput inputs() {
    ModelInput made = test::openInputs(test::fixture(GetParam()));
    made.decoderMask = torch::Tensor();
    return made;
  }

  /// Through the file and back.
  [[nodiscard]] OnnxGraphs written(const Transformer& from, std::int64_t inlineBytes = kLargestOnnxFile) const {
    OnnxGraphs graphs;
    for (const NamedGraph& each : transformerGraphs(from)) {
      const std::string path = scratch.file(each.name + ".onnx");
      writeOnnxFile(path, each.graph, inlineBytes);
      graphs[each.name] = readOnnxFile(path);
    }
    return graphs;
  }
};

TEST_P(OnnxOf, computesTheModelsLogits) {
  EXPECT_LE(test::largestDifference(onnxLogits(written(model), model.config(), input), model.forward(input).logits),
            1e-4);
}

TEST_P(OnnxOf, computesThePrunedModelsLogits) {
  for (const int keep : {0, model.layout().headCount() / 2}) {
    const HeadMask mask = keepRandom(model.layout(), keep, 3);
    ForwardOptions masked;
    masked.gates = test::gatesOf(mask);
    const torch::Tensor expected = model.forward(input, masked).logits;
    EXPECT_LE(test::largestDifference(onnxLogits(written(compact(model, mask)), model.config(), input), expected), 1e-4)
        << keep;
  }
}

TEST_P(OnnxOf, keepsLargeWeightsBesideTheModel) {
  const OnnxGraphs graphs = written(model, 0);
  for (const auto& [name, graph] : graphs) EXPECT_TRUE(std::filesystem::exists(scratch.file(name + ".onnx.data")));
  EXPECT_LE(test::largestDifference(onnxLogits(graphs, model.config(), input), model.forward(input).logits), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, OnnxOf,
                         testing::Values("bert_cls", "bert_cls_pruned", "roberta_cls", "distilbert_cls", "gpt2_lm",
                                         "llama_gqa", "vit_cls", "marian_mt", "bart_seq2seq", "t5_seq2seq"));

double differenceOfGraph(const Transformer& model, const ModelInput& input) {
  const torch::NoGradGuard noGrad;
  OnnxGraphs graphs;
  for (const NamedGraph& each : transformerGraphs(model)) graphs[each.name] = each.graph;
  return test::largestDifference(onnxLogits(graphs, model.config(), input), model.forward(input).logits);
}

TEST(OnnxHeads, readTheLastTokenThatIsNoPadding) {
  EXPECT_LE(differenceOfGraph(test::decoderClassifier(), test::twoTexts()), 1e-5);
}

TEST(OnnxHeads, predictMaskedTokensAsTheModelDoes) {
  for (const char* family : {"bert", "roberta"})
    for (const bool tied : {true, false}) {
      const ModelConfig config =
          test::smallConfig(family, "masked-lm", {{"hidden_act", "relu"}, {"tie_word_embeddings", tied}});
      const ModelInput input = test::tokensOnly(torch::tensor({{2, 5, 7, 29, 3}}, torch::kInt64));
      EXPECT_LE(differenceOfGraph(Transformer(config, Parameters::random(config, 3)), input), 1e-4) << family << tied;
    }
}

TEST(OnnxFiles, thatCannotBeWrittenAreSaid) {
  const Transformer model = test::randomBert({2});
  const Graph graph = transformerGraphs(model).front().graph;
  EXPECT_THROW(writeOnnxFile("/nowhere/model.onnx", graph), Error);
}

TEST(OnnxFiles, areRefusedByTheCheckerWhenTheyMakeNoSense) {
  const test::TemporaryFolder scratch;
  Graph graph = transformerGraphs(test::randomBert({2})).front().graph;
  graph.nodes.front().inputs.front() = "nothing";
  EXPECT_THROW(writeOnnxFile(scratch.file("model.onnx"), graph), Error);
}

TEST(GraphRunner, saysWhatItDoesNotKnow) {
  Graph graph;
  graph.name = "odd";
  graph.nodes.push_back({"Frobnicate", {}, "out", {}});
  try {
    (void)runGraph(graph, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "graph odd: found the operation Frobnicate, which is unknown");
  }
}

}  // namespace
}  // namespace headroom
