// SPDX-License-Identifier: GPL-3.0-or-later
// The jobs on a model that is stored in half precision.
#include <gtest/gtest.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/jobs/requests.h"
#include "core/store/run_file.h"
#include "tests/core/jobs/toy_classifier.h"
#include "tests/core/model/stored_types.h"

namespace headroom {
namespace {

class HalfPrecisionJobs : public testing::Test {
 protected:
  void SetUp() override {
    summary = openModel(workspace, {half}, {});
    (void)openData(workspace, {toy.data, toy.data, {}, {}, 16, 0}, {});
  }
  static std::string typeIn(const std::string& folder) {
    return nlohmann::json::parse(readTextFile(folder + "/config.json")).value("torch_dtype", "");
  }
  static Dtype storedType(const std::string& folder) { return openWeights(folder)->tensors().begin()->second.dtype; }
  PruneReport pruned(Workspace& from, const std::string& form) const {
    PruneRequest request;
    request.mask = keepRandom(summary.layout, 5, 1);
    request.form = form;
    request.outPath = folder.file(form);
    return pruneModel(from, request, {});
  }

  test::TemporaryFolder folder;
  test::ToyClassifier toy{folder};
  std::string half = test::storedAs(folder, toy.model, torch::kBFloat16);
  Workspace workspace{{"cpu", "float32", 1}};
  ModelSummary summary;
};

TEST_F(HalfPrecisionJobs, prunedModelsStayInHalfPrecision) {
  for (const char* form : {"compact", "zeroed"}) {
    const PruneReport report = pruned(workspace, form);
    EXPECT_LE(report.maxAbsDiff, 1e-5) << form;
    EXPECT_EQ(storedType(report.path), Dtype::BF16);
    EXPECT_EQ(typeIn(report.path), "bfloat16");
  }
}

TEST_F(HalfPrecisionJobs, trainedWeightsAreKeptWhole) {
  TrainRequest request;
  request.settings = recommendedSettings(summary, "passconc");
  request.settings.keep = 5;
  request.settings.steps = 6;
  request.runPath = folder.file("run.h5");
  const TrainReport report = trainGates(workspace, request, {}, {});
  Workspace fresh({"cpu", "float32", 1});
  const RunSnapshot run = openRun(fresh, report.runPath, {});
  EXPECT_EQ(run.report->weightsSha256, report.weightsSha256);
  saveModel(fresh, {folder.file("saved"), false});
  EXPECT_EQ(storedType(folder.file("saved")), Dtype::F32);
  EXPECT_EQ(typeIn(folder.file("saved")), "float32");
  EXPECT_EQ(storedType(pruned(fresh, "compact").path), Dtype::F32);
}

TEST_F(HalfPrecisionJobs, masksAreEvaluatedAsOnTheSameWeightsInFloat32) {
  const std::string wide = test::storedAs(folder, half, torch::kFloat32);
  const HeadMask mask = keepRandom(summary.layout, 5, 1);
  const EvalResult found = evaluateMask(workspace, {mask, true}, {});
  Workspace other({"cpu", "float32", 1});
  (void)openModel(other, {wide}, {});
  (void)openData(other, {"", toy.data, {}, {}, 16, 0}, {});
  const EvalResult expected = evaluateMask(other, {mask, true}, {});
  EXPECT_EQ(found.metric, expected.metric);
  EXPECT_EQ(found.loss, expected.loss);
  EXPECT_EQ(*found.toFull, *expected.toFull);
}

TEST_F(HalfPrecisionJobs, aModelCutShortWhileItIsOpenIsSaid) {
  (void)openModel(workspace, {toy.model}, {});
  (void)openData(workspace, {"", toy.data, {}, {}, 16, 0}, {});
  const std::string weights = toy.model + "/model.safetensors";
  ASSERT_EQ(::truncate(weights.c_str(), 4096), 0);
  const std::string line = test::messageOf<Error>([&] { (void)evaluateMask(workspace, {{}, true}, {}); });
  EXPECT_TRUE(line.starts_with(weights + ": found it changed while its weights were in use")) << line;
  EXPECT_NO_THROW((void)openModel(workspace, {half}, {})) << "the program goes on";
}

}  // namespace
}  // namespace headroom
