// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sweep/curve.h"

#include <gtest/gtest.h>

#include <cmath>
#include <new>

#include "core/base/rng.h"
#include "core/checkpoint/fresh_config.h"
#include "core/sweep/layer_work.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

/// A random classifier, texts that it labels itself, and a random order of its heads.
struct SweptToy {
  explicit SweptToy(const std::string& family = "bert", int layers = 4, int heads = 4) {
    FreshModel fresh;
    fresh.family = family;
    fresh.layers = layers;
    fresh.heads = heads;
    fresh.hidden = 8 * heads;
    fresh.intermediate = 64;
    fresh.vocabulary = 50;
    config = parseModelConfig(freshConfigJson(fresh), "config.json");
    config.initializerRange = 0.3;
    model.emplace(config, Parameters::random(config, 5));
    data.labels = {"a", "b"};
    Rng rng(9);
    for (int i = 0; i < 40; ++i) {
      Example example;
      for (int t = 0; t < 6 + i % 3; ++t) example.ids.push_back(static_cast<int>(5 + rng.below(45)));
      example.types.assign(example.ids.size(), 0);
      if (config.task == Task::CausalLm) example.targets.assign(example.ids.rbegin(), example.ids.rend());
      data.examples.push_back(example);
    }
    data.summary.meanLength = 7;
    if (config.task == Task::CausalLm) data.kind = DataKind::TextStream;
    if (config.task != Task::CausalLm) labelByModel();
    set.emplace(data, config, BatchSettings{}, torch::kCPU, 16);
    start.layout = model->layout();
    for (int i = 0; i < start.layout.headCount(); ++i) start.order.push_back(i);
    rng.shuffle(std::span<int>(start.order));
    for (int i = 0; i <= start.layout.headCount(); ++i) plan.stops.push_back(i);
  }

  void labelByModel() {
    EvaluationSet unlabelled(data, config, {}, torch::kCPU, 16);
    const torch::NoGradGuard noGrad;
    for (const EvaluationBatch& batch : unlabelled.batches()) {
      const torch::Tensor classes = model->forward(batch.input).logits.argmax(1);
      for (size_t row = 0; row < batch.examples.size(); ++row)
        data.examples[static_cast<size_t>(batch.examples[row])].label =
            static_cast<int>(classes[static_cast<std::int64_t>(row)].item<std::int64_t>());
    }
  }

  /// One mask the plain way: all heads computed, gates 0 and 1, nothing left out.
  [[nodiscard]] Tally plainly(const HeadMask& mask) const {
    const torch::NoGradGuard noGrad;
    Tally tally = set->emptyTally();
    ForwardOptions options;
    options.gates = test::gatesOf(mask);
    for (const EvaluationBatch& batch : set->batches())
      set->add(batch, model->forward(batch.input, options).logits, tally);
    return tally;
  }
  [[nodiscard]] MeasuredCurve measure(const std::function<void(const Curve&)>& partial = {}) const {
    return measureCurve(*model, *set, start, plan, plainly(HeadMask(start.layout)), {}, partial);
  }

  ModelConfig config;
  std::optional<Transformer> model;
  Dataset data;
  std::optional<EvaluationSet> set;
  Curve start;
  CurvePlan plan;
};

class CurveOfFamily : public ::testing::TestWithParam<const char*> {};

TEST_P(CurveOfFamily, equalsPlainEvaluationsOfEveryMask) {
  const SweptToy toy(GetParam());
  const MeasuredCurve measured = toy.measure();
  ASSERT_TRUE(measured.curve.complete);
  ASSERT_EQ(measured.curve.points.size(), toy.plan.stops.size());
  for (size_t i = 0; i < measured.curve.points.size(); ++i) {
    const Tally plain = toy.plainly(toy.start.maskFor(static_cast<int>(i)));
    EXPECT_EQ(measured.correct[i], correctBits(plain)) << i << " heads";
    EXPECT_NEAR(measured.curve.points[i].loss, plain.lossSum / static_cast<double>(plain.judged), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(All, CurveOfFamily, ::testing::Values("bert", "roberta", "distilbert", "gpt2", "llama"));

TEST(Curve, costsLessThanHalfOfAWholePassForEveryNumberOfHeads) {
  const SweptToy toy("bert", 12, 12);
  const Curve curve = toy.measure().curve;
  EXPECT_LT(curve.layerShare, 0.45);
  EXPECT_GT(curve.layerShare, 0.2);
}

TEST(Curve, coarselyMeasuredCostsATenthAndItsIntervalsHoldTheRest) {
  SweptToy toy("bert", 12, 12);
  const Curve exact = toy.measure().curve;
  toy.plan.exact = false;
  const Curve coarse = toy.measure().curve;
  EXPECT_FALSE(coarse.complete);
  EXPECT_LE(coarse.layerShare, 0.1);
  EXPECT_LT(coarse.points.size(), 30U);
  for (const CurvePoint& point : exact.points) {
    const MetricValue drawn = betweenPoints(coarse, point.kept);
    EXPECT_GE(point.metric.value, drawn.low) << point.kept << " heads";
    EXPECT_LE(point.metric.value, drawn.high) << point.kept << " heads";
  }
}

TEST(Curve, isTheSameWhenCutWeightsHaveLittleRoom) {
  SweptToy toy;
  const MeasuredCurve roomy = toy.measure();
  toy.plan.cutBytes = 1;
  const MeasuredCurve narrow = toy.measure();
  EXPECT_EQ(roomy.correct, narrow.correct);
  EXPECT_GT(narrow.curve.layerShare, 1.2 * roomy.curve.layerShare) << "what is computed again counts again";
}

TEST(Curve, showsTheEndsFirst) {
  const SweptToy toy;
  std::vector<size_t> sizes;
  (void)toy.measure([&](const Curve& curve) {
    EXPECT_NE(curve.at(0), nullptr);
    EXPECT_NE(curve.at(16), nullptr);
    sizes.push_back(curve.points.size());
  });
  EXPECT_GT(sizes.size(), 1U);
  EXPECT_LT(sizes.front(), sizes.back());
}

void expectSameCurve(const MeasuredCurve& found, const MeasuredCurve& expected) {
  EXPECT_EQ(found.correct, expected.correct);
  EXPECT_EQ(found.curve.complete, expected.curve.complete);
  EXPECT_EQ(found.curve.forwards, expected.curve.forwards);
  EXPECT_EQ(found.curve.layerShare, expected.curve.layerShare);
  ASSERT_EQ(found.curve.points.size(), expected.curve.points.size());
  for (size_t i = 0; i < expected.curve.points.size(); ++i) {
    const CurvePoint &point = found.curve.points[i], &other = expected.curve.points[i];
    EXPECT_EQ(point.kept, other.kept);
    EXPECT_EQ(point.maskHash, other.maskHash);
    EXPECT_EQ(point.metric, other.metric) << point.kept << " heads";
    EXPECT_EQ(point.toFull, other.toFull) << point.kept << " heads";
    EXPECT_NEAR(point.loss, other.loss, 1e-6) << point.kept << " heads";
  }
}

TEST(Curve, goesOnWhereItWasStoppedAndMeasuresOnlyWhatIsMissing) {
  for (const std::int64_t cutBytes : {kCutBytes, std::int64_t{1}}) {
    SweptToy toy;
    toy.plan.cutBytes = cutBytes;
    const MeasuredCurve expected = toy.measure();
    const Tally full = toy.plainly(HeadMask(toy.start.layout));
    const auto passes = static_cast<int>(passCount(*toy.model, *toy.set));
    const int all = static_cast<int>(toy.plan.stops.size()) * passes;
    for (const int stopAfter : {1, passes + 1, all / 2, all - 1}) {
      CurveProgress progress;
      std::stop_source stop;
      JobContext context;
      context.stop = stop.get_token();
      int passed = 0;
      const std::function<void()> count = [&] {
        if (++passed == stopAfter) stop.request_stop();
      };
      EXPECT_THROW((void)measureCurve(*toy.model, *toy.set, toy.start, toy.plan, full, context, {}, &progress, count),
                   Cancelled);
      EXPECT_EQ(passed, stopAfter);
      const MeasuredCurve found =
          measureCurve(*toy.model, *toy.set, toy.start, toy.plan, full, {}, {}, &progress, count);
      EXPECT_EQ(passed, all) << "stopped after " << stopAfter << ": no pass of a mask is done twice";
      expectSameCurve(found, expected);
    }
  }
}

TEST(Curve, goesOnAlsoWhereItWasStoppedInPartsOfAMicroBatch) {
  const SweptToy toy;
  const MeasuredCurve expected = toy.measure();
  const Tally full = toy.plainly(HeadMask(toy.start.layout));
  CurveProgress progress;
  std::stop_source stop;
  JobContext context;
  context.stop = stop.get_token();
  int layers = 0;
  context.betweenBatches = [&] {
    if (++layers == 3) throw std::bad_alloc();                         // within the first pass, which goes on in halves
    if (progress.masks.at(2).tally.examples > 0) stop.request_stop();  // it has got the first of them
  };
  EXPECT_THROW((void)measureCurve(*toy.model, *toy.set, toy.start, toy.plan, full, context, {}, &progress, {}),
               Cancelled);
  ASSERT_GT(progress.masks.size(), 2U);
  EXPECT_EQ(progress.masks[2].passes, 0U);
  EXPECT_EQ(progress.masks[2].tally.examples, 0) << "half a pass does not count";
  expectSameCurve(measureCurve(*toy.model, *toy.set, toy.start, toy.plan, full, {}, {}, &progress, {}), expected);
}

TEST(LayerWork, countsWhatHeadsAndPositionsTake) {
  const SweptToy toy;
  const HeadMask full(toy.start.layout), none(toy.start.layout, false);
  const double feedForward = 2.0 * 32 * 64;
  EXPECT_DOUBLE_EQ(layerWork(toy.config, 1, none, 7), feedForward);
  EXPECT_DOUBLE_EQ(layerWork(toy.config, 1, full, 7), feedForward + 4 * 8 * (4 * 32 + 2 * 7));
  EXPECT_LT(firstOnlyWork(toy.config, 3, full, 7), layerWork(toy.config, 3, full, 7) / 2);
}

}  // namespace
}  // namespace headroom
