// SPDX-License-Identifier: GPL-3.0-or-later
// What must hold on a GPU as it does on the processor. Skipped where LibTorch sees none.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/generate/generate.h"
#include "core/jobs/requests.h"
#include "core/prune/surgery.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/jobs/toy_classifier.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

using test::fixture;
using test::largestDifference;

constexpr double kTolerance = 1e-4;
const ComputeSettings kCuda{"cuda", "float32", 1};

/// Allows only what is the same from run to run, as jobs do.
class Cuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "LibTorch sees no CUDA device";
    workspace = std::make_unique<Workspace>(kCuda);
  }
  void TearDown() override { at::globalContext().setDeterministicAlgorithms(false, false); }
  std::unique_ptr<Workspace> workspace;
};

class CudaReference : public Cuda, public testing::WithParamInterface<const char*> {};

Transformer openOn(const std::string& folder, torch::Device device) {
  const ModelConfig config = readModelConfig(folder);
  return {config, Parameters::load(*openWeights(folder), config, device)};
}

TEST_P(CudaReference, logitsEqualTheReference) {
  const torch::NoGradGuard noGrad;
  const std::string folder = fixture(GetParam());
  const torch::Tensor expected = readTensor(SafetensorsFile(folder + "/expected.safetensors"), "logits");
  const Transformer model = openOn(folder, torch::kCUDA);
  const ModelInput input = readModelInput(folder + "/inputs.safetensors", model.config(), torch::kCUDA);
  EXPECT_LE(largestDifference(model.forward(input).logits.cpu(), expected), kTolerance);
}

TEST_P(CudaReference, gradientsEqualTheProcessors) {
  const std::string folder = fixture(GetParam());
  std::vector<torch::Tensor> gradients[2];
  for (const torch::Device device : {torch::Device(torch::kCPU), torch::Device(torch::kCUDA)}) {
    const Transformer model = openOn(folder, device);
    ForwardOptions options;
    options.gates =
        torch::full({model.layout().headCount()}, 0.7f, torch::TensorOptions(device)).set_requires_grad(true);
    for (const Parameters::Entry& entry : model.parameters().entries())
      torch::Tensor(entry.tensor).set_requires_grad(true);
    const ModelInput input = readModelInput(folder + "/inputs.safetensors", model.config(), device);
    model.forward(input, options).logits.pow(2).mean().backward();
    std::vector<torch::Tensor>& found = gradients[device.is_cuda() ? 1 : 0];
    found.push_back(options.gates.grad().cpu());
    for (const Parameters::Entry& entry : model.parameters().entries())
      if (entry.tensor.grad().defined()) found.push_back(entry.tensor.grad().cpu());
  }
  ASSERT_EQ(gradients[0].size(), gradients[1].size());
  for (size_t i = 0; i < gradients[0].size(); ++i) {
    const double size = gradients[0][i].abs().max().item<double>();
    EXPECT_LE(largestDifference(gradients[0][i], gradients[1][i]), 1e-6 + 1e-3 * size) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(HuggingFace, CudaReference,
                         testing::Values("bert_cls", "bert_cls_pruned", "distilbert_cls", "roberta_cls", "vit_cls",
                                         "gpt2_lm", "llama_gqa", "bart_seq2seq", "marian_mt", "t5_seq2seq"));

TEST_F(Cuda, writesTheSameTextsAsTheProcessor) {
  for (const char* name : {"gpt2_lm", "llama_gqa", "bart_seq2seq", "marian_mt", "t5_seq2seq"}) {
    const std::string folder = fixture(name);
    for (const int beams : {1, 3}) {
      std::vector<TokenSequence> found[2];
      for (const torch::Device device : {torch::Device(torch::kCPU), torch::Device(torch::kCUDA)}) {
        const Transformer model = openOn(folder, device);
        GenerationConfig config = readGenerationConfig(folder, model.config());
        config.beams = beams;
        ModelInput input = readModelInput(folder + "/inputs.safetensors", model.config(), device, false);
        if (!model.config().stack(Stack::Encoder)) {
          input.ids = input.ids.narrow(0, 0, 1).narrow(1, 0, 4).contiguous();
          input.mask = torch::Tensor();
        }
        config.maxLength = 20;
        found[device.is_cuda() ? 1 : 0] = generate(model, input, config);
      }
      EXPECT_EQ(found[0], found[1]) << name << ", " << beams << " beams";
    }
  }
}

class CudaJobs : public Cuda {
 protected:
  void SetUp() override {
    Cuda::SetUp();
    if (!workspace) return;
    const test::ToyClassifier toy(folder);
    summary = openModel(*workspace, {toy.model}, {});
    (void)openData(*workspace, {toy.data, toy.data, {}, {}, 16, 0}, {});
  }
  TrainReport train(const std::string& name, const JobContext& context = {}, bool resume = false) {
    TrainRequest request;
    request.settings = recommendedSettings(summary, "passconc");
    request.settings.keep = 4;
    request.settings.steps = 300;
    request.settings.batch = 16;
    request.settings.checkpointEvery = 50;
    request.runPath = folder.file(name);
    request.resume = resume;
    return trainGates(*workspace, request, context, {});
  }
  test::TemporaryFolder folder;
  ModelSummary summary;
};

TEST_F(CudaJobs, aRunIsExactAndTheSameBytesAgainAlsoWhenStoppedAndResumed) {
  const TrainReport whole = train("whole.h5"), again = train("again.h5");
  EXPECT_TRUE(whole.exact);
  EXPECT_EQ(whole.mask.keptCount(), 4);
  EXPECT_EQ(whole.weightsSha256, again.weightsSha256);
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  int yields = 0;
  context.betweenBatches = [&] {
    if (++yields == 120) stop.request_stop();
  };
  EXPECT_THROW((void)train("stopped.h5", context), Cancelled);
  EXPECT_EQ(train("stopped.h5", {}, true).weightsSha256, whole.weightsSha256);
}

TEST_F(CudaJobs, sweepsPrunesAndMeasuresAsTheProcessorDoes) {
  const TrainReport report = train("run.h5");
  const Curve curve = sweepCurve(*workspace, {{}, "", 4, folder.file("run.h5")}, {});
  ASSERT_EQ(curve.points.size(), 13u);
  EXPECT_EQ(curve.at(4)->metric, report.metric);
  PruneRequest request;
  request.mask = report.mask;
  request.outPath = folder.file("small");
  const PruneReport pruned = pruneModel(*workspace, request, {});
  EXPECT_LE(pruned.maxAbsDiff, kTolerance);
  EXPECT_EQ(pruned.samePredictions, pruned.examples);

  Workspace processor({"cpu", "float32", 1});
  (void)openModel(processor, {request.outPath}, {});
  (void)openData(processor, {"", folder.file("data.tsv"), {}, {}, 16, 0}, {});
  EXPECT_EQ(evaluateMask(processor, {{}, false}, {}).metric.value, report.metric.value);
}

TEST_F(CudaJobs, theDeviceIsNamed) { EXPECT_NE(describeDevice(*workspace).name.find("CUDA 0"), std::string::npos); }

}  // namespace
}  // namespace headroom
