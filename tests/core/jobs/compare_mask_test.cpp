// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_mask.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

/// A model that has learned something: an untrained one says the same of everything.
struct Toy : test::OpenToyClassifier {
  Toy() {
    TrainRequest train;
    train.settings.method = "none";
    train.settings.steps = 250;
    train.settings.batch = 16;
    train.settings.lr = 2e-3;
    train.runPath = folder.file("run.h5");
    (void)trainGates(workspace, train, {}, {});
    saveModel(workspace, {folder.file("trained"), false});
    open(folder.file("trained"));
  }
};

TEST(CompareMask, listsExactlyTheExamplesThatFlip) {
  Toy toy;
  bool anyFlipped = false;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const HeadMask mask = keepRandom(toy.layout, 2, seed);
    const MaskComparison comparison = compareMask(toy.workspace, mask, {});
    const EvalResult result = evaluateMask(toy.workspace, {mask, true}, {});
    EXPECT_EQ(comparison.gained, result.toFull->gained);
    EXPECT_EQ(comparison.lost, result.toFull->lost);
    EXPECT_EQ(static_cast<std::int64_t>(comparison.flipped.size()), comparison.gained + comparison.lost);
    EXPECT_EQ(comparison.maskHash, mask.hash());
    for (const FlippedExample& example : comparison.flipped) {
      anyFlipped = true;
      EXPECT_NE(example.before, example.after);
      EXPECT_EQ(example.gained ? example.after : example.before, example.expected);
      EXPECT_NE(example.text.find("film"), std::string::npos);
    }
  }
  EXPECT_TRUE(anyFlipped);
  EXPECT_EQ(compareMask(toy.workspace, HeadMask(toy.layout), {}).flipped.size(), 0U);
}

TEST(CompareMask, sumsItsSlicesToTheWhole) {
  Toy toy;
  const HeadMask mask = keepRandom(toy.layout, 2, 3);
  const MaskComparison comparison = compareMask(toy.workspace, mask, {});
  const EvalResult result = evaluateMask(toy.workspace, {mask, true}, {});
  for (const std::vector<SliceScore>* slices : {&comparison.classes, &comparison.lengths}) {
    double right = 0, examples = 0;
    for (const SliceScore& slice : *slices) {
      right += slice.masked.value * static_cast<double>(slice.masked.examples);
      examples += static_cast<double>(slice.masked.examples);
    }
    EXPECT_NEAR(right / examples, result.metric.value, 1e-12);
  }
  EXPECT_EQ(comparison.classes.size(), 2U);
}

TEST(EvaluateMask, goesOnWhereItWasCancelled) {
  Toy toy;
  const HeadMask mask = keepRandom(toy.layout, 5, 1);
  std::stop_source source;
  JobContext context;
  context.stop = source.get_token();
  std::int64_t seen = 0;
  EXPECT_THROW((void)evaluateMask(toy.workspace, {mask, true}, context,
                                  [&](const EvalResult& partial) {
                                    seen = partial.metric.examples;
                                    source.request_stop();
                                  }),
               Cancelled);
  ASSERT_GT(seen, 0);
  std::vector<std::int64_t> counts;
  const EvalResult whole = evaluateMask(toy.workspace, {mask, true}, {},
                                        [&](const EvalResult& partial) { counts.push_back(partial.metric.examples); });
  ASSERT_FALSE(counts.empty());
  EXPECT_EQ(counts.front(), seen) << "what was measured is shown at once, and is not measured again";
  EXPECT_TRUE(whole.complete);
  Toy other;
  EXPECT_EQ(evaluateMask(other.workspace, {mask, true}, {}).metric, whole.metric);
}

}  // namespace
}  // namespace headroom
