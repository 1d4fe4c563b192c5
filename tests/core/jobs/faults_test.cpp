// SPDX-License-Identifier: GPL-3.0-or-later
// What goes wrong while jobs compute: memory that runs out, numbers that are none.
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/error.h"
#include "core/jobs/mask_tallies.h"
#include "core/jobs/measure_latency.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"
#include "core/train/memory_limit.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

/// While it lives LibTorch's memory on the CPU is that of a small GPU: an allocation of more than `most` bytes fails as
/// there.
class SmallMemory final : public c10::Allocator {
 public:
  explicit SmallMemory(size_t most) : m_most(most), m_real(c10::GetCPUAllocator()) {
    c10::SetCPUAllocator(this, kPriority);
  }
  ~SmallMemory() override { c10::SetCPUAllocator(m_real, kPriority); }
  SmallMemory(const SmallMemory&) = delete;
  SmallMemory& operator=(const SmallMemory&) = delete;

#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
  c10::DataPtr allocate(size_t bytes) override { return checked(bytes); }
  void copy_data(void* to, const void* from, std::size_t count) const override { default_copy_data(to, from, count); }
#else
  c10::DataPtr allocate(size_t bytes) const override { return checked(bytes); }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return m_real->raw_deleter(); }
  [[nodiscard]] int failures() const { return m_failures; }

 private:
  static constexpr uint8_t kPriority = 100;
  c10::DataPtr checked(size_t bytes) const {
    if (bytes > m_most) {
      ++m_failures;
      throw c10::OutOfMemoryError({__func__, __FILE__, __LINE__}, "CUDA out of memory. Tried to allocate too much");
    }
    return m_real->allocate(bytes);
  }

  size_t m_most;
  mutable int m_failures = 0;
  c10::Allocator* m_real;
};

struct Faults : testing::Test, test::OpenToyClassifier {
  [[nodiscard]] HeadMask mask() const { return keepRandom(layout, 5, 2); }
  [[nodiscard]] size_t largestInput() const {
    const Workspace::State& state = const_cast<Faults*>(this)->workspace.state();
    size_t most = 0;
    for (const EvaluationBatch& batch : state.evaluation->batches())
      most = std::max(most, static_cast<size_t>(batch.input.ids.numel()));
    return most;
  }
  /// Weights that are numbers, logits that are none.
  void diverge() {
    const Transformer& model = workspace.state().requireModel();
    std::vector<TensorToWrite> weights;
    for (const Parameters::Entry& entry : model.parameters().entries()) {
      const bool feedForward = entry.spec.canonical.find(".ff.up.weight") != std::string::npos ||
                               entry.spec.canonical.find(".ff.down.weight") != std::string::npos;
      weights.push_back(
          tensorToWrite(entry.spec.hfName, feedForward ? torch::full_like(entry.tensor, 1e30F) : entry.tensor.clone()));
    }
    writeSafetensors(files.model + "/model.safetensors", std::move(weights));
    open(files.model);
  }
};

TEST_F(Faults, microBatchesAreHalvedWhereMemoryRunsOut) {
  const EvalResult plenty = evaluateMask(workspace, {mask(), true}, {});
  SweepRequest sweep;
  for (int head = 0; head < layout.headCount(); ++head) sweep.scores.push_back(head);
  const Curve roomy = sweepCurve(workspace, sweep, {});
  open(files.model);  // forgets what was measured
  // The widest tensor of a whole micro-batch, the feed-forward part's 64 floats a token, does not fit; that of a
  // quarter does.
  const SmallMemory memory(largestInput() * 64 * sizeof(float) / 3);
  const EvalResult scarce = evaluateMask(workspace, {mask(), true}, {});
  EXPECT_GT(memory.failures(), 0);
  EXPECT_EQ(scarce.metric, plenty.metric);
  EXPECT_EQ(*scarce.correct, *plenty.correct);
  EXPECT_NEAR(scarce.loss, plenty.loss, 1e-5);
  const int before = memory.failures();
  const Curve narrow = sweepCurve(workspace, sweep, {});
  EXPECT_GT(memory.failures(), before);
  ASSERT_EQ(narrow.points.size(), roomy.points.size());
  for (size_t i = 0; i < roomy.points.size(); ++i) EXPECT_EQ(narrow.points[i].metric, roomy.points[i].metric) << i;
}

TEST_F(Faults, theSizeThatFitsIsRemembered) {
  const EvaluationBatch batch = workspace.state().evaluation->batches().front();
  MemoryLimit memory;
  int tries = 0;
  const auto fails = [&] {
    ++tries;
    throw std::bad_alloc();
  };
  EXPECT_FALSE(memory.fits(batch, fails));
  EXPECT_EQ(memory.rows(), batch.input.rows() / 2);
  EXPECT_FALSE(memory.fits(batch, fails)) << "not tried again";
  EXPECT_EQ(tries, 1);
  const auto parts = halves(batch);
  EXPECT_EQ(parts[0].input.rows() + parts[1].input.rows(), batch.input.rows());
  EXPECT_EQ(parts[0].examples.size(), static_cast<size_t>(parts[0].input.rows()));
  EXPECT_EQ(parts[1].examples.back(), batch.examples.back());
  EXPECT_TRUE(torch::equal(torch::cat({parts[0].targets.classes, parts[1].targets.classes}), batch.targets.classes));
  EXPECT_THROW((void)memory.fits(parts[0], [] { throw std::logic_error("another reason"); }), std::logic_error);
}

TEST(MicroBatches, areJoinedWhereTheyAreEquallyLong) {
  Dataset data;
  for (int index = 0; index < 9; ++index) {
    Example text;
    text.ids.assign(index == 1 ? 4 : index == 2 ? 2 : 3, index);
    text.types.assign(text.ids.size(), 0);
    text.label = index;
    data.examples.push_back(text);
  }
  const EvaluationBatches batches(data, {{7, 8}, {1}, {2, 3}, {4}, {5}}, {}, torch::kCPU);
  const auto groups = alikeBatches(batches, 3);
  EXPECT_EQ(groups, (std::vector<std::vector<size_t>>{{0, 2, 3}, {4}, {1}}));
  const EvaluationBatch all = joined(batches, groups[0]);
  EXPECT_EQ(all.examples, (std::vector<int>{7, 8, 2, 3, 4}));
  EXPECT_TRUE(torch::equal(all.targets.classes, torch::tensor({7, 8, 2, 3, 4})));
  EXPECT_TRUE(torch::equal(all.input.ids.select(1, 1), all.targets.classes));
  EXPECT_TRUE(torch::equal(all.input.mask.select(1, 2), torch::tensor({1, 1, 0, 1, 1}))) << "rows without padding";
  EXPECT_FALSE(joined(batches, groups[1]).input.mask.defined());
}

TEST(MicroBatches, ofPicturesBecomeNumbersWhenTheyAreAskedFor) {
  const auto images =
      std::make_shared<ImageBlock>(ImageBlock{.shape = {.channels = 1, .height = 1, .width = 2}, .pixels = {}});
  images->pixels.assign(6, 0);
  Dataset data;
  data.kind = DataKind::Images;
  data.examples.resize(3);
  data.examples[2].label = 1;
  data.images = images;
  BatchSettings settings;
  settings.images.rescale = 1;
  const EvaluationBatches batches(data, {{0, 1}, {2}}, settings, torch::kCPU);
  images->pixels = {0, 1, 2, 3, 4, 5};
  EXPECT_TRUE(torch::equal(batches[1].input.pixels, torch::tensor({4.0F, 5.0F}).view({1, 1, 1, 2})));
  EXPECT_TRUE(torch::equal(batches[1].targets.classes, torch::tensor({1})));
  int rows = 0;
  for (const EvaluationBatch& batch : batches) rows += static_cast<int>(batch.input.rows());
  EXPECT_EQ(rows, 3);
  const EvaluationBatch all = joined(batches, alikeBatches(batches, 4).front());
  EXPECT_TRUE(torch::equal(all.input.pixels.flatten(), torch::arange(6, torch::kFloat32)));
}

TEST_F(Faults, memoryForNotEvenOneExampleIsOneClearLine) {
  const SmallMemory memory(64);
  const std::string message = test::messageOf<Error>([&] { (void)evaluateMask(workspace, {std::nullopt, false}, {}); });
  EXPECT_EQ(message.find("out of memory: cpu has no room for a single example (number "), 0U) << message;
  EXPECT_NE(message.find("--max-length"), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST_F(Faults, trainingAndTimingSayWhatToMakeSmaller) {
  TrainRequest train;
  train.settings.method = "none";
  train.settings.steps = 2;
  train.settings.batch = 160;
  train.runPath = folder.file("run.h5");
  LatencySettings latency{128, 16, 0.2, 1};
  std::string trained, timed;
  {
    (void)evaluateMask(workspace, {std::nullopt, false}, {});
    const SmallMemory memory(250'000);  // weights fit, the activations of such batches do not
    trained = test::messageOf<Error>([&] { (void)trainGates(workspace, train, {}, {}); });
    timed = test::messageOf<Error>([&] { (void)measureLatency(workspace, latency, {}); });
  }
  EXPECT_EQ(trained.find("training: step 1: out of memory on cpu with 160 examples a step; "), 0U) << trained;
  EXPECT_EQ(timed.find("latency: out of memory on cpu at 128 x 16; "), 0U) << timed;
}

TEST_F(Faults, logitsThatAreNoNumbersNameTheExample) {
  diverge();
  const auto message = [&](const std::function<void()>& action) { return test::messageOf<Error>(action); };
  const std::string evaluated = message([&] { (void)evaluateMask(workspace, {std::nullopt, false}, {}); });
  EXPECT_EQ(evaluated.find(files.data + ": example "), 0U) << evaluated;
  EXPECT_NE(evaluated.find("logits that are no numbers"), std::string::npos) << evaluated;
  SweepRequest sweep;
  for (int head = 0; head < layout.headCount(); ++head) sweep.scores.push_back(head);
  EXPECT_EQ(message([&] { (void)sweepCurve(workspace, sweep, {}); }), evaluated);
  const std::string timed = message([&] { (void)measureLatency(workspace, {2, 8, 0.1, 1}, {}); });
  EXPECT_EQ(timed.find("latency: the logits of the random batch of 2 are no numbers"), 0U) << timed;
  EXPECT_EQ(message([&] { (void)verifyLatency(workspace, mask(), {2, 8, 0.1, 1}, {}); }), timed);
  for (const std::string form : {"compact", "zeroed"}) {
    const std::string pruned = message([&] {
      (void)pruneModel(workspace, {mask(), form, folder.file("out"), false}, {});
    });
    EXPECT_EQ(
        pruned.find(folder.file("out") + ": example 0 of the comparison: the masked model's logits are no numbers"), 0U)
        << pruned;
    EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
  }
}

TEST(MaskTallies, holdsSoManyAndForgetsTheLongestUnused) {
  MaskTallies tallies;
  for (int i = 0; i < 200; ++i) {
    tallies.of("mask " + std::to_string(i), {}).batches = static_cast<size_t>(i);
    EXPECT_EQ(tallies.of("mask 0", {}).batches, 0U);
    tallies.of("always used", {}).batches = 7;
  }
  EXPECT_EQ(tallies.of("always used", {}).batches, 7U);
  EXPECT_EQ(tallies.of("mask 199", {}).batches, 199U);
  EXPECT_EQ(tallies.of("mask 100", {}).batches, 0U) << "forgotten: it begins anew";
}

TEST_F(Faults, anExportThatIsStoppedLeavesNothing) {
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  stop.request_stop();
  EXPECT_THROW((void)pruneModel(workspace, {mask(), "compact", folder.file("small"), false}, context), Cancelled);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    EXPECT_EQ(entry.path().filename().string().find("small"), std::string::npos) << entry.path();
}

}  // namespace
}  // namespace headroom
