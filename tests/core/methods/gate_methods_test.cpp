// SPDX-License-Identifier: GPL-3.0-or-later
// Every learned method on a task whose answer is known: the loss falls by a head's worth as its gate opens.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/head_mask.h"
#include "core/base/rng.h"
#include "core/gates/hard_concrete.h"
#include "core/gates/verdict.h"
#include "core/methods/dsp.h"
#include "core/methods/method_table.h"
#include "core/methods/straight_through.h"

namespace headroom {
namespace {

constexpr int kLayers = 4, kHeads = 6, kAll = kLayers * kHeads;

HeadLayout layout() {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < kLayers; ++layer)
    blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, kHeads, kHeads});
  return HeadLayout(blocks);
}

TrainSettings settingsFor(const std::string& method, int keep, std::int64_t steps = 600) {
  TrainSettings settings;
  settings.method = method;
  settings.keep = keep;
  settings.steps = steps;
  settings.seed = 3;
  settings.reopen = method.starts_with("pass");
  return settings;
}

/// What each head is worth; no two alike.
std::vector<double> worth() {
  Rng rng(11);
  std::vector<double> values;
  for (int i = 0; i < kAll; ++i) values.push_back(0.3 * rng.uniform());
  return values;
}

void oneStep(GateMethod& method, const std::vector<double>& worths, std::int64_t step) {
  (void)method.draw();
  std::vector<double> gradient;
  Rng noise(17, static_cast<std::uint64_t>(step));  // as a batch's gradient has it
  for (const double value : worths) gradient.push_back(-value + 0.1 * noise.normal());
  GateTerms terms;
  const std::vector<double> slope = method.differentiate(gradient, terms);
  method.update(slope, 1);
  (void)method.endStep(step);
}

std::unique_ptr<GateMethod> trained(const TrainSettings& settings) {
  auto method = makeGateMethod(layout(), settings, {settings.steps, settings.steps, 32});
  for (std::int64_t step = 1; step <= settings.steps; ++step) oneStep(*method, worth(), step);
  return method;
}

class LearnedMethod : public ::testing::TestWithParam<const char*> {};

TEST_P(LearnedMethod, keepsMuchOfTheWorthWithKHeads) {
  const auto method = trained(settingsFor(GetParam(), 8, 1500));
  const HeadMask mask = keepTop(layout(), method->logAlpha(), 8);
  const std::vector<double> worths = worth();
  double kept = 0, best = 0;
  const std::vector<int> order = keepOrder(worths);
  for (int i = 0; i < kAll; ++i) kept += mask.kept(i) ? worths[static_cast<size_t>(i)] : 0;
  for (int i = 0; i < 8; ++i) best += worths[static_cast<size_t>(order[static_cast<size_t>(i)])];
  EXPECT_EQ(mask.keptCount(), 8);
  EXPECT_GT(kept, 0.7 * best);
}

TEST_P(LearnedMethod, goesOnFromACheckpointAsIfNothingHadHappened) {
  const TrainSettings settings = settingsFor(GetParam(), 5, 60);
  const RunLength length{60, 60, 32};
  const auto first = makeGateMethod(layout(), settings, length), second = makeGateMethod(layout(), settings, length);
  for (std::int64_t step = 1; step <= 30; ++step) oneStep(*first, worth(), step);
  second->restore(first->save());
  for (std::int64_t step = 31; step <= 60; ++step) {
    oneStep(*first, worth(), step);
    oneStep(*second, worth(), step);
    ASSERT_EQ(first->logAlpha(), second->logAlpha()) << step;
    ASSERT_EQ(first->openProbabilities(), second->openProbabilities()) << step;
  }
  EXPECT_EQ(first->save().arrays, second->save().arrays);
  EXPECT_EQ(first->draw(), second->draw());
}

TEST_P(LearnedMethod, isTheSameForTheSameSeed) {
  EXPECT_EQ(trained(settingsFor(GetParam(), 5, 40))->logAlpha(), trained(settingsFor(GetParam(), 5, 40))->logAlpha());
}

TEST_P(LearnedMethod, givesFiniteNumbersForNoHeadAndForAll) {
  for (const int keep : {0, kAll}) {
    const auto method = trained(settingsFor(GetParam(), keep, 80));
    for (const double value : method->logAlpha()) EXPECT_TRUE(std::isfinite(value)) << keep;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LearnedMethod,
                         ::testing::Values("pass", "passconc", "l0", "lagrangian", "dsp", "ste", "movement",
                                           "wdpruning"));

TEST(L0Gates, openFewerHeadsTheLargerLambdaIs) {
  int before = kAll + 1, changes = 0;
  for (const double lambda : {0.001, 0.03, 0.1, 0.2, 1.0}) {
    TrainSettings settings = settingsFor("l0", 8);
    settings.lambda = lambda;
    settings.reopen = false;
    const auto method = trained(settings);
    const auto open = static_cast<int>(
        std::count_if(method->logAlpha().begin(), method->logAlpha().end(), [](double phi) { return phi > 0; }));
    EXPECT_LE(open, before) << lambda;
    changes += open < before ? 1 : 0;
    before = open;
  }
  EXPECT_GT(changes, 2);
  EXPECT_EQ(before, 0);
}

/// Live blocks of K heads, summed over five seeds.
int liveBlocks(const std::string& method, int keep) {
  int sum = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    TrainSettings settings = settingsFor(method, keep);
    settings.seed = seed;
    sum += keepTop(layout(), trained(settings)->logAlpha(), keep).liveBlocks();
  }
  return sum;
}

TEST(Concentrator, leavesFewerBlocksAliveThanPassDoesOverFiveSeeds) {
  EXPECT_LT(liveBlocks("passconc", 4), liveBlocks("pass", 4));
}

TEST(Concentrator, takesGatesThatClippingMovedOffTheBoundForClosed) {
  const TrainSettings settings = [] {
    TrainSettings made = settingsFor("passconc", 2);
    made.concentratorCap = 3000;
    return made;
  }();
  const auto method = makeGateMethod(layout(), settings, {settings.steps, settings.steps, 32});
  GateMethod::State state = method->save();
  std::vector<double>& gates = state.arrays.at("log_alpha");
  std::fill(gates.begin(), gates.end(), -9);  // two blocks stay empty, two have a lone head: its weight is about 10
  gates[kHeads] = gates[2 * kHeads] = 9;
  method->restore(state);
  for (const TrainEvent& event : method->endStep(settings.steps / 2))
    if (event.kind == TrainEventKind::Concentrator) {
      EXPECT_GT(std::stod(event.text.substr(event.text.rfind(' '))), 9);
      return;
    }
  FAIL() << "no event";
}

/// The figures of methods.md's card: K gates at 2.4 and beyond, all others at -2.4 and below, whatever the seed.
TEST(PassGates, settleOnExactlyKHeadsWithoutAThreshold) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    TrainSettings settings = settingsFor("pass", 8);
    settings.seed = seed;
    const auto method = trained(settings);
    EXPECT_TRUE(judge(layout(), method->logAlpha(), 8).exact) << seed;
    double closed = 0;
    for (const double phi : method->logAlpha()) closed += hard_concrete::closedProbability(phi).value;
    EXPECT_NEAR(closed, kAll - 8, 0.02 * (kAll - 8)) << seed;
  }
}

TEST(LagrangianGates, softSurvivorsAreTheAuthorsRule) {
  const auto method = makeGateMethod(layout(), settingsFor("lagrangian", 8), {600, 600, 32});
  GateMethod::State state = method->save();
  std::vector<double>& gates = state.arrays.at("gates");
  ASSERT_EQ(gates.size(), static_cast<size_t>(kAll + kLayers));
  const std::vector<double> first{4.6, -4.6, 2, -4.6, 0.5, 4.6};  // two of the six are expected to close
  std::copy(first.begin(), first.end(), gates.begin());
  gates[kAll] = 3;         // the first block's own
  gates[kAll + 1] = -4.6;  // the second block is closed
  method->restore(state);
  const std::vector<double> soft = method->testGates();
  const auto survivor = [](double phi) { return 1 / (1 + std::exp(-0.8 * phi / (2.0 / 3))); };
  for (const size_t head : {0, 2, 4, 5}) EXPECT_NEAR(soft[head], survivor(first[head]) * survivor(3), 1e-12) << head;
  for (const size_t head : {1, 3, 6, 7, 8, 9, 10, 11}) EXPECT_EQ(soft[head], 0) << head;
  const double open = survivor(std::log(100)) * survivor(std::log(100));
  for (size_t head = 12; head < kAll; ++head) EXPECT_NEAR(soft[head], open, 1e-9) << head;
}

TEST(LagrangianGates, expectKHeadsAtTheEndAndEmptyABlock) {
  const int keep = kAll / 5;  // 80 % go
  TrainSettings settings = settingsFor("lagrangian", keep, 1200);
  const auto method = trained(settings);
  const double expected =
      std::accumulate(method->logAlpha().begin(), method->logAlpha().end(), 0.0,
                      [](double sum, double phi) { return sum + 1 / (1 + std::exp(-phi - 0.791)); });
  EXPECT_NEAR(expected, keep, 1);
  EXPECT_LT(keepTop(layout(), method->logAlpha(), keep).liveBlocks(), kLayers);
}

TEST(SoftTopK, sumsToKAndHardensAsItCools) {
  Rng rng(5);
  std::vector<double> noisy;
  for (int i = 0; i < kAll; ++i) noisy.push_back(4 * rng.normal());
  for (const double temperature : {1000.0, 1.0, 0.1, 1e-7}) {
    const std::vector<double> gates = SoftTopK().forward(noisy, 7, temperature);
    EXPECT_NEAR(std::accumulate(gates.begin(), gates.end(), 0.0), 7, 1e-6) << temperature;
    if (temperature > 1e-6) continue;
    for (const double gate : gates) EXPECT_LT(std::min(std::abs(gate), std::abs(gate - 1)), 1e-3);
  }
}

TEST(SoftTopK, gradientMatchesFiniteDifferences) {
  Rng rng(6);
  std::vector<double> noisy, weights;
  for (int i = 0; i < 9; ++i) {
    noisy.push_back(rng.normal());
    weights.push_back(rng.normal());
  }
  const auto value = [&](const std::vector<double>& scores) {
    const std::vector<double> gates = SoftTopK().forward(scores, 4, 0.7);
    return std::inner_product(gates.begin(), gates.end(), weights.begin(), 0.0);
  };
  SoftTopK choice;
  (void)choice.forward(noisy, 4, 0.7);
  const std::vector<double> gradient = choice.backward(weights);
  for (size_t i = 0; i < noisy.size(); ++i) {
    std::vector<double> above = noisy, below = noisy;
    above[i] += 1e-5;
    below[i] -= 1e-5;
    EXPECT_NEAR(gradient[i], (value(above) - value(below)) / 2e-5, 1e-6);
  }
}

TEST(DspGates, areExactlyKInEveryStep) {
  const TrainSettings settings = settingsFor("dsp", 5, 50);
  const auto method = makeDsp(layout(), settings, {50, 50, 32});
  for (std::int64_t step = 1; step <= 50; ++step) {
    const std::vector<double> gates = method->draw();
    EXPECT_NEAR(std::accumulate(gates.begin(), gates.end(), 0.0), 5, 1e-6);
    oneStep(*method, worth(), step);
  }
  for (const double gate : method->draw()) EXPECT_LT(std::min(std::abs(gate), std::abs(gate - 1)), 1e-3);
}

TEST(DspGates, showHowOftenAHeadIsDrawnNotTheLastDraw) {
  const auto method = makeDsp(layout(), settingsFor("dsp", 8, 1000), {1000, 1000, 32});
  for (const double open : method->openProbabilities()) EXPECT_DOUBLE_EQ(open, 8.0 / kAll) << "before the first draw";
  std::vector<double> drawn, often(kAll, 0.0);
  for (int step = 0; step < 1000; ++step) {
    drawn = method->draw();
    for (size_t head = 0; head < kAll; ++head) often[head] += step < 600 ? 0 : drawn[head] / 400;
    method->update(std::vector<double>(kAll, 0.0), 1);  // it cools, and learns nothing
  }
  const std::vector<double> open = method->openProbabilities();
  EXPECT_NEAR(std::accumulate(open.begin(), open.end(), 0.0), 8, 1e-6);
  for (size_t head = 0; head < kAll; ++head) {
    EXPECT_LT(std::min(std::abs(drawn[head]), std::abs(drawn[head] - 1)), 1e-3) << "the draw itself is hard";
    EXPECT_GT(open[head], 0.01) << head;
    EXPECT_LT(open[head], 0.97) << head;
    EXPECT_NEAR(open[head], often[head], 0.3) << head;
  }
}

TEST(DspGates, areOpenWithMoreThanAHalfIfAndOnlyIfTheyAreKeptInTheEnd) {
  std::vector<double> worths;  // eight heads that count, and sixteen that do not
  for (int head = 0; head < kAll; ++head) worths.push_back(head % 3 == 0 ? 0.3 : 0);
  for (const std::int64_t steps : {60, 600}) {
    const auto method = makeDsp(layout(), settingsFor("dsp", 8, steps), {steps, steps, 32});
    for (std::int64_t step = 1; step <= steps; ++step) oneStep(*method, worths, step);
    const HeadMask mask = keepTop(layout(), method->logAlpha(), 8);
    for (int head = 0; head < kAll; ++head)
      EXPECT_EQ(method->openProbabilities()[static_cast<size_t>(head)] > 0.5, mask.kept(head)) << steps << ' ' << head;
  }
}

TEST(DspGates, goOnFromCheckpointsThatHaveNoMeanOfTheDraws) {
  const auto first = makeDsp(layout(), settingsFor("dsp", 8, 60), {60, 60, 32}),
             second = makeDsp(layout(), settingsFor("dsp", 8, 60), {60, 60, 32});
  for (std::int64_t step = 1; step <= 30; ++step) oneStep(*first, worth(), step);
  GateMethod::State old = first->save();
  ASSERT_EQ(old.arrays.erase("mean_gates"), 1U);
  second->restore(old);
  EXPECT_EQ(second->logAlpha(), first->logAlpha());
  EXPECT_EQ(second->draw(), first->draw());
}

TEST(DspGates, knowHowOftenACoolDrawIsTheChoiceThatStays) {
  const auto method = makeDsp(layout(), settingsFor("dsp", 3, 1), {1, 1, 32});
  GateMethod::State state = method->save();
  Rng rng(21);
  for (double& score : state.arrays.at("log_alpha")) score = 3 * rng.normal();
  state.arrays.at("scalars") = {1};  // all steps done: as cold as it gets
  method->restore(state);
  const HeadMask mask = keepTop(layout(), method->logAlpha(), 3);
  int same = 0;
  constexpr int kDraws = 20000;
  for (int draw = 0; draw < kDraws; ++draw) {
    const std::vector<double> gates = method->draw();
    bool all = true;
    for (int head = 0; head < kAll; ++head) all &= (gates[static_cast<size_t>(head)] > 0.5) == mask.kept(head);
    same += all ? 1 : 0;
  }
  ASSERT_TRUE(method->choiceProbability());
  EXPECT_NEAR(*method->choiceProbability(), same / double(kDraws), 0.02);
}

TEST(DspGates, areSureOfNoHeadOfAllAndOfFarApartScores) {
  const std::vector<double> scores{50, -50, 50, -50};
  for (const int keep : {0, 2, 4}) EXPECT_NEAR(topKProbability(scores, keep), 1, 1e-4) << keep;
  EXPECT_NEAR(topKProbability(std::vector<double>(4, 0.0), 1), 0.25, 1e-4);
  EXPECT_NEAR(topKProbability(std::vector<double>(4, 0.0), 2), 1.0 / 6, 1e-4);
}

TEST(HardChoices, areOfKHeadsWhereTheySaySo) {
  for (const char* name : {"ste", "movement", "wdpruning"}) {
    const TrainSettings settings = settingsFor(name, 8, 400);
    const auto method = makeGateMethod(layout(), settings, {400, 400, 32});
    for (std::int64_t step = 1; step <= 400; ++step) {
      oneStep(*method, worth(), step);
      const std::vector<double> gates = method->draw();
      const HeadMask mask = keepTop(layout(), method->logAlpha(), 8);
      bool chosen = true;
      for (int head = 0; head < kAll; ++head) chosen &= (gates[static_cast<size_t>(head)] == 1) == mask.kept(head);
      ASSERT_EQ(method->choiceProbability(), chosen ? 1 : 0) << name << ' ' << step;
    }
    const bool byItself = std::string(name) != "wdpruning";
    EXPECT_TRUE(!byItself || method->choiceProbability() == 1) << name;
  }
  EXPECT_FALSE(trained(settingsFor("l0", 8, 5))->choiceProbability());
}

TEST(StraightThroughGates, areHardAndAsManyAsKFromTheFirstStep) {
  const auto method = makeStraightThrough(layout(), settingsFor("ste", 5, 50), {50, 50, 32});
  for (std::int64_t step = 1; step <= 20; ++step) {
    const std::vector<double> gates = method->draw();
    EXPECT_EQ(std::count(gates.begin(), gates.end(), 1.0), 5);
    EXPECT_EQ(std::count(gates.begin(), gates.end(), 0.0), kAll - 5);
    oneStep(*method, worth(), step);
  }
}

TEST(WdPruningGates, learnHowManyHeadsEachBlockKeepsAndEmptyNone) {
  // The first block's heads are worth much, the last one's nothing.
  std::vector<double> worths;
  for (int i = 0; i < kAll; ++i) worths.push_back(0.3 - 0.1 * (i / kHeads) + 0.001 * (i % kHeads));
  const TrainSettings settings = settingsFor("wdpruning", 10, 1500);
  const auto method = makeGateMethod(layout(), settings, {1500, 1500, 32});
  for (std::int64_t step = 1; step <= 1500; ++step) oneStep(*method, worths, step);
  const HeadMask mask = keepTop(layout(), method->logAlpha(), 10);
  for (int block = 0; block < kLayers; ++block) EXPECT_GE(mask.keptIn(block), 1);
  EXPECT_GT(mask.keptIn(0), mask.keptIn(kLayers - 1));
  const std::vector<double> gates = method->draw();
  EXPECT_NEAR(static_cast<double>(std::count(gates.begin(), gates.end(), 1.0)), 10, 2)
      << "the shares themselves come to K";
}

TEST(MovementGates, moveAgainstTheGradientAndCloseStepByStep) {
  const auto method = makeMovement(layout(), settingsFor("movement", 4, 100), {100, 100, 32});
  GateTerms terms;
  std::vector<double> gradient(kAll, -0.1);
  gradient[3] = 0.1;
  (void)method->draw();
  method->update(method->differentiate(gradient, terms), 1);
  EXPECT_LT(method->logAlpha()[3], 0);
  EXPECT_GT(method->logAlpha()[4], 0);
  auto open = static_cast<std::ptrdiff_t>(kAll);
  for (std::int64_t step = 2; step <= 100; ++step) {
    const std::vector<double> gates = method->draw();
    const auto now = std::count(gates.begin(), gates.end(), 1.0);
    EXPECT_LE(now, open);
    open = now;
    oneStep(*method, worth(), step);
  }
  EXPECT_EQ(open, 4);
}

}  // namespace
}  // namespace headroom
