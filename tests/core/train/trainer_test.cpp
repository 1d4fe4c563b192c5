// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/methods/method_table.h"
#include "core/train/confidence.h"
#include "tests/core/base/temporary_folder.h"
#include "tests/core/model/fixtures.h"

namespace headroom {
namespace {

/// Token sequences whose class is whether token 7 comes before token 9.
Dataset orderTask(int count) {
  Dataset data;
  Rng rng(4);
  for (int i = 0; i < count; ++i) {
    Example example;
    example.ids = {1};
    for (int t = 0; t < 6; ++t) example.ids.push_back(10 + static_cast<int>(rng.below(20)));
    const auto first = 1 + rng.below(3), second = 4 + rng.below(3);
    example.label = static_cast<int>(rng.below(2));
    example.ids[first] = example.label ? 7 : 9;
    example.ids[second] = example.label ? 9 : 7;
    example.ids.push_back(2);
    example.types.assign(example.ids.size(), 0);
    data.examples.push_back(example);
  }
  data.labels = {"no", "yes"};
  return data;
}

TrainSettings settings(const std::string& method, int keep, std::int64_t steps) {
  TrainSettings s;
  s.method = method;
  s.keep = keep;
  s.steps = steps;
  s.batch = 16;
  s.lr = 1e-3;
  s.seed = 11;
  return s;
}

Trainer makeTrainer(const Dataset& data, const TrainSettings& s, const Transformer& model) {
  return {Transformer(model.config(), model.parameters().clone()), data, s,
          makeGateMethod(model.layout(), s, Trainer::lengthOf(s, data))};
}

std::string fingerprint(const Trainer& trainer) {
  return weightsSha256(trainer.model().parameters(),
                       trainer.method() ? trainer.method()->logAlpha() : std::vector<double>{});
}

TEST(Trainer, sameSeedGivesTheSameBytes) {
  const Dataset data = orderTask(200);
  const Transformer model = test::randomBert({4, 4});
  std::string prints[2];
  for (std::string& print : prints) {
    Trainer trainer = makeTrainer(data, settings("passconc", 3, 30), model);
    while (!trainer.finished()) (void)trainer.step();
    print = fingerprint(trainer);
  }
  EXPECT_EQ(prints[0], prints[1]);
}

TEST(Trainer, anotherSeedGivesOtherBytes) {
  const Dataset data = orderTask(100);
  const Transformer model = test::randomBert({4, 4});
  std::string prints[2];
  for (int i = 0; i < 2; ++i) {
    TrainSettings s = settings("pass", 3, 10);
    s.seed = static_cast<std::uint64_t>(i + 1);
    Trainer trainer = makeTrainer(data, s, model);
    while (!trainer.finished()) (void)trainer.step();
    prints[i] = fingerprint(trainer);
  }
  EXPECT_NE(prints[0], prints[1]);
}

class Resume : public testing::TestWithParam<const char*> {};

TEST_P(Resume, stoppedAndResumedRunEndsWithTheSameBytes) {
  const Dataset data = orderTask(100);
  const Transformer model = test::randomBert({4, 4});
  const test::TemporaryFolder folder;
  Trainer whole = makeTrainer(data, settings(GetParam(), 3, 40), model);
  while (!whole.finished()) (void)whole.step();
  for (const int stopAt : {1, 13, 14, 39}) {  // epochs end every 7 steps, events happen at 13, 20 and 27
    {
      Trainer first = makeTrainer(data, settings(GetParam(), 3, 40), model);
      while (first.stepsDone() < stopAt) (void)first.step();
      first.saveCheckpoint(folder.file("c.safetensors"), 1.5);
    }
    torch::manual_seed(99);
    Trainer second = makeTrainer(data, settings(GetParam(), 3, 40), model);
    EXPECT_EQ(second.loadCheckpoint(folder.file("c.safetensors")), 1.5);
    EXPECT_EQ(second.stepsDone(), stopAt);
    while (!second.finished()) (void)second.step();
    EXPECT_EQ(fingerprint(second), fingerprint(whole)) << "stopped at " << stopAt;
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, Resume, testing::Values("pass", "passconc", "none"));

TEST(Trainer, frozenWeightsStayAsTheyWereWhileTheGatesSettle) {
  const Dataset data = orderTask(100);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings s = settings("pass", 3, 300);
  s.freezeWeights = true;
  Trainer trainer = makeTrainer(data, s, model);
  while (!trainer.finished()) (void)trainer.step();
  EXPECT_EQ(weightsSha256(trainer.model().parameters(), {}), weightsSha256(model.parameters(), {}));
  const std::vector<double>& gates = trainer.method()->logAlpha();
  EXPECT_EQ(std::count_if(gates.begin(), gates.end(), [](double phi) { return phi >= 2.4; }), 3);

  const test::TemporaryFolder folder;
  trainer.saveCheckpoint(folder.file("c.safetensors"), 0);
  Trainer again = makeTrainer(data, s, model);
  (void)again.loadCheckpoint(folder.file("c.safetensors"));
  EXPECT_EQ(again.method()->logAlpha(), gates);
}

TEST(Trainer, pipelinedDspChoosesKHeadsAndLeavesTheWeightsAlone) {
  const Dataset data = orderTask(100);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings s = settings("dsp", 3, 60);
  s.freezeWeights = true;
  s.reopen = false;
  Trainer trainer = makeTrainer(data, s, model);
  const std::vector<double> before = trainer.method()->logAlpha();
  while (!trainer.finished()) (void)trainer.step();
  EXPECT_EQ(weightsSha256(trainer.model().parameters(), {}), weightsSha256(model.parameters(), {}));
  EXPECT_NE(trainer.method()->logAlpha(), before);
  double open = 0;
  for (const double share : trainer.method()->openProbabilities()) open += share;
  EXPECT_NEAR(open, 3, 1e-6);
}

TEST(Trainer, translationScheduleSettlesAndResumesToTheSameBytes) {
  const Dataset data = orderTask(160);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings s = settings("pass", 3, 0);
  s.published = s.perEpoch = s.inverseRoot = true;
  s.epochs = 30;
  s.gradClip = 0;
  s.gateLr = 0.2;
  s.labelSmoothing = 0.1;
  Trainer whole = makeTrainer(data, s, model);
  std::vector<std::int64_t> events;
  while (!whole.finished())
    for (const TrainEvent& event : whole.step().events)
      if (event.kind == TrainEventKind::Clip) events.push_back(event.step);
  EXPECT_EQ(events.front(), 10) << "before the second epoch of 10 steps";
  EXPECT_EQ(events.back(), 220);
  const std::vector<double>& gates = whole.method()->logAlpha();
  EXPECT_EQ(std::count_if(gates.begin(), gates.end(), [](double phi) { return phi >= 2.4; }), 3);

  const test::TemporaryFolder folder;
  Trainer first = makeTrainer(data, s, model);
  while (first.stepsDone() < 115) (void)first.step();
  first.saveCheckpoint(folder.file("c.safetensors"), 0);
  Trainer second = makeTrainer(data, s, model);
  (void)second.loadCheckpoint(folder.file("c.safetensors"));
  while (!second.finished()) (void)second.step();
  EXPECT_EQ(fingerprint(second), fingerprint(whole));
}

TEST(Trainer, settlesOnExactlyKHeadsForEveryBudget) {
  const Dataset data = orderTask(300);
  const Transformer model = test::randomBert({4, 4});
  for (const int keep : {0, 1, 3, 8}) {
    Trainer trainer = makeTrainer(data, settings("passconc", keep, 300), model);
    while (!trainer.finished()) (void)trainer.step();
    int open = 0, closed = 0;
    for (const double phi : trainer.method()->logAlpha()) {
      open += phi >= 2.4 ? 1 : 0;
      closed += phi <= -2.4 ? 1 : 0;
    }
    EXPECT_EQ(open, keep);
    EXPECT_EQ(closed, 8 - keep);
  }
}

TEST(Trainer, aPenaltyHoweverLargeDoesNotShortenTheWeightsGradient) {
  const Dataset data = orderTask(64);
  const Transformer model = test::randomBert({4, 4});
  const auto afterOneStep = [&](double lambda, bool published) {
    TrainSettings s = settings("l0", 3, 20);
    s.reopen = false;
    s.gradClip = 0.01;  // shorter than any gradient here
    s.lambda = lambda;
    s.published = published;
    Trainer trainer = makeTrainer(data, s, model);
    (void)trainer.step();
    return weightsSha256(trainer.model().parameters(), {});
  };
  EXPECT_EQ(afterOneStep(0, false), afterOneStep(1e6, false));
  EXPECT_NE(afterOneStep(0, true), afterOneStep(1e6, true)) << "the authors clip both together";
}

TEST(Trainer, clipsAndReopensButNotInTheLastQuarter) {
  const Dataset data = orderTask(100);
  const Transformer model = test::randomBert({4, 4});
  Trainer trainer = makeTrainer(data, settings("pass", 2, 60), model);
  std::vector<std::int64_t> clips;
  while (!trainer.finished())
    for (const TrainEvent& event : trainer.step().events)
      if (event.kind == TrainEventKind::Clip) clips.push_back(event.step);
  EXPECT_EQ(clips, (std::vector<std::int64_t>{20, 30, 40}));
}

TEST(Trainer, plainTrainingLearnsTheTask) {
  const Dataset data = orderTask(400);
  const Transformer model = test::randomBert({4, 4}, 32, 4, 2);
  TrainSettings s = settings("none", 8, 250);
  s.lr = 3e-3;
  Trainer trainer = makeTrainer(data, s, model);
  double first = 0, last = 0;
  while (!trainer.finished()) {
    const TrainPoint point = trainer.step().point;
    if (point.step <= 10) first += point.taskLoss / 10;
    if (point.step > 240) last += point.taskLoss / 10;
    EXPECT_TRUE(point.logAlpha.empty());
  }
  EXPECT_LT(last, 0.5 * first);
}

TEST(Trainer, divergenceStopsWithTheStep) {
  const Dataset data = orderTask(50);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings s = settings("none", 8, 50);
  s.lr = 1e30;
  Trainer trainer = makeTrainer(data, s, model);
  const std::string message = test::messageOf<Error>([&] {
    while (!trainer.finished()) (void)trainer.step();
  });
  EXPECT_NE(message.find("step " + std::to_string(trainer.stepsDone() + 1) + ": "), std::string::npos) << message;
  EXPECT_NE(message.find("smaller learning rate"), std::string::npos) << message;
}

TEST(Trainer, weightsAndGatesThatAreNoNumbersAreNotSaved) {
  const Dataset data = orderTask(50);
  const test::TemporaryFolder folder;
  Trainer trainer = makeTrainer(data, settings("pass", 2, 5), test::randomBert({4, 4}));
  {
    const torch::NoGradGuard noGrad;
    torch::Tensor bias = trainer.model().parameters().at("classifier.bias");
    bias.fill_(std::numeric_limits<float>::infinity());
  }
  const std::string message = test::messageOf<Error>([&] { trainer.saveCheckpoint(folder.file("c.safetensors"), 0); });
  EXPECT_NE(message.find("classifier.bias"), std::string::npos) << message;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Trainer, checkpointOfAnotherRunIsRefused) {
  const Dataset data = orderTask(50);
  const test::TemporaryFolder folder;
  Trainer trainer = makeTrainer(data, settings("pass", 2, 5), test::randomBert({4, 4}));
  trainer.saveCheckpoint(folder.file("c.safetensors"), 0, "this run");
  const std::string message =
      test::messageOf<Error>([&] { (void)trainer.loadCheckpoint(folder.file("c.safetensors"), "that run"); });
  EXPECT_NE(message.find("found this run, expected that run"), std::string::npos) << message;
  EXPECT_EQ(trainer.loadCheckpoint(folder.file("c.safetensors"), "this run"), 0);
}

TEST(Trainer, checkpointOfAnotherModelIsRefused) {
  const Dataset data = orderTask(50);
  const test::TemporaryFolder folder;
  {
    Trainer small = makeTrainer(data, settings("pass", 2, 5), test::randomBert({4, 4}));
    (void)small.step();
    small.saveCheckpoint(folder.file("c.safetensors"), 0);
  }
  Trainer other = makeTrainer(data, settings("pass", 2, 5), test::randomBert({4, 3}));
  EXPECT_FALSE(test::messageOf<Error>([&] { (void)other.loadCheckpoint(folder.file("c.safetensors")); }).empty());
}

TEST(Trainer, lossGradientsAndOneStepEqualTheReference) {
  const std::string folder = test::fixture("bert_cls");
  const SafetensorsFile expected(test::fixture("bert_cls_train") + "/arrays.safetensors");
  Transformer model = test::openTransformer(folder);
  Parameters parameters = model.parameters();
  WeightOptimiser optimiser(parameters, 0.01, true);
  const ModelInput inputs = test::openInputs(folder);
  ForwardOptions options;
  options.gates = torch::ones({16}).set_requires_grad(true);
  const torch::Tensor loss =
      torch::cross_entropy_loss(model.forward(inputs, options).logits, readTensor(expected, "labels"));
  EXPECT_NEAR(loss.item<double>(), readTensor(expected, "loss").item<double>(), 1e-5);
  loss.backward();
  for (const Parameters::Entry& entry : parameters.entries())
    EXPECT_LE(test::largestDifference(entry.tensor.grad(), readTensor(expected, "grad." + entry.spec.hfName)), 1e-4)
        << entry.spec.hfName;
  EXPECT_LE(test::largestDifference(options.gates.grad().view({4, 4}),
                                    readTensor(expected, "head_mask_grad_batch_mean_loss")),
            1e-4);
  optimiser.step(1e-3);
  EXPECT_LE(test::largestDifference(model.forward(inputs).logits.detach(),
                                    readTensor(expected, "logits_after_one_adamw_step_lr1e-3_wd0.01")),
            1e-4);
}

TEST(Trainer, recoversWithTheHeadsThatTheGatesChose) {
  const Dataset data = orderTask(96);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings plain = settings("pass", 3, 60), recovering = plain;
  recovering.recover = 20;
  // One after the other: both draw from LibTorch's own generator.
  Trainer first = makeTrainer(data, plain, model);
  while (!first.finished()) (void)first.step();
  Trainer second = makeTrainer(data, recovering, model);
  EXPECT_EQ(second.stepsTotal(), 80);
  while (second.stepsDone() < 60) (void)second.step();
  EXPECT_EQ(fingerprint(first), fingerprint(second));
  const std::vector<double> chosen = second.method()->logAlpha();
  EXPECT_FALSE(second.finished());
  while (!second.finished()) (void)second.step();
  EXPECT_EQ(second.method()->logAlpha(), chosen);
  EXPECT_NE(fingerprint(first), fingerprint(second));
}

TEST(Trainer, recoveryTrainsFrozenWeightsAndResumesToTheSameBytes) {
  const Dataset data = orderTask(96);
  const Transformer model = test::randomBert({4, 4});
  TrainSettings s = settings("pass", 3, 20);
  s.freezeWeights = true;
  s.recover = 20;
  const std::string before = weightsSha256(model.parameters(), {});
  Trainer whole = makeTrainer(data, s, model);
  while (whole.stepsDone() < 20) (void)whole.step();
  EXPECT_EQ(weightsSha256(whole.model().parameters(), {}), before);
  while (!whole.finished()) (void)whole.step();
  EXPECT_NE(weightsSha256(whole.model().parameters(), {}), before);
  Trainer stopped = makeTrainer(data, s, model);
  while (stopped.stepsDone() < 27) (void)stopped.step();
  const test::TemporaryFolder folder;
  stopped.saveCheckpoint(folder.file("c.safetensors"), 1);
  Trainer resumed = makeTrainer(data, s, model);
  (void)resumed.loadCheckpoint(folder.file("c.safetensors"));
  while (!resumed.finished()) (void)resumed.step();
  EXPECT_EQ(fingerprint(whole), fingerprint(resumed));
}

TEST(ContentTokens, areNeitherSeparatorsNorPaddingOnEitherSide) {
  ModelConfig config;
  config.stacks.resize(1);
  config.stacks[0].stack = Stack::Encoder;
  EvaluationBatch pair;
  pair.input.ids = torch::tensor({{2, 7, 8, 3, 9, 3}, {2, 7, 3, 9, 3, 0}}, torch::kInt64);
  pair.input.mask = torch::tensor({{1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}}, torch::kInt64);
  EXPECT_TRUE(torch::equal(contentTokens(pair, config).source,
                           torch::tensor({{0.F, 1.F, 1.F, 0.F, 1.F, 0.F}, {0.F, 1.F, 0.F, 1.F, 0.F, 0.F}})));

  config.task = Task::Seq2SeqLm;
  config.bosId = 2;
  config.stacks.resize(2);
  config.stacks[1].stack = Stack::Decoder;
  pair.input.decoderIds = torch::tensor({{1, 5, 6, 4}, {1, 5, 0, 0}}, torch::kInt64);
  pair.targets.tokens = torch::tensor({{5, 6, 4, 3}, {5, 3, kNoTarget, kNoTarget}}, torch::kInt64);
  const ContentTokens content = contentTokens(pair, config);
  EXPECT_EQ(content.source[0][0].item<float>(), 0) << "a beginning of text";
  EXPECT_TRUE(torch::equal(content.target, torch::tensor({{0.F, 1.F, 1.F, 1.F}, {0.F, 1.F, 0.F, 0.F}})));
}

TEST(AttentionConfidence, isOneForAHeadThatAlwaysLooksAtOneToken) {
  torch::Tensor maps = torch::full({2, 2, 5, 5}, 0.2);
  maps.select(1, 1).zero_();
  for (int query = 0; query < 5; ++query)
    maps.select(1, 1).select(1, query).select(1, std::clamp(query - 1, 1, 3)).fill_(1);
  torch::Tensor content = torch::ones({2, 5});
  content.select(1, 0).zero_();
  content.select(1, 4).zero_();
  const std::vector<double> confidence = attentionConfidence(maps, content, content);
  EXPECT_NEAR(confidence[0], 0.2, 1e-6);
  EXPECT_NEAR(confidence[1], 1.0, 1e-6);
}

}  // namespace
}  // namespace headroom
