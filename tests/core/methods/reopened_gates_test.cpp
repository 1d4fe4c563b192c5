// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/reopened_gates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/methods/method_table.h"

namespace headroom {
namespace {

const HeadLayout kTwoBlocks({{{Stack::Encoder, AttentionKind::Self, 0}, 4, 4},
                             {{Stack::Encoder, AttentionKind::Self, 1}, 4, 4}});
constexpr RunLength kRun{300, 300, 100};

TrainSettings reopeningSettings(const std::string& method, bool reopen = true) {
  TrainSettings settings;
  settings.method = method;
  settings.keep = 3;
  settings.steps = 300;
  settings.gateLr = 2;  // scores reach their bounds within a few steps
  settings.clipAt = 3;
  settings.seed = 4;
  settings.reopen = reopen;
  settings.confidenceEvery = 1;
  return settings;
}

/// One step in which the first three heads are useful and the others do harm; only head 6's attention is confident.
std::vector<TrainEvent> usualStep(GateMethod& method, std::int64_t step) {
  (void)method.draw();
  GateTerms terms;
  const std::vector<double> slope = method.differentiate(std::vector<double>{-1, -1, -1, 1, 1, 1, 1, 1}, terms);
  if (method.wantsConfidence(step - 1)) method.observe(std::vector<double>{0, 0, 0, 0, 0, 0, 0.9, 0});
  method.update(slope, 1);
  return method.endStep(step);
}

class Reopening : public ::testing::TestWithParam<const char*> {};

TEST_P(Reopening, opensTheConfidentAmongTheClosedAndClipsTheRest) {
  const auto method = makeGateMethod(kTwoBlocks, reopeningSettings(GetParam()), kRun);
  std::vector<std::int64_t> when;
  for (std::int64_t step = 1; step <= 300; ++step) {
    const std::vector<TrainEvent> events = usualStep(*method, step);
    if (events.empty()) continue;
    when.push_back(step);
    const TrainEvent& reopening = events.back();
    EXPECT_EQ(reopening.kind, TrainEventKind::Reopen);
    for (const int head : reopening.heads) EXPECT_EQ(head, 6);
    const bool clips = std::string(GetParam()) != "lagrangian";  // clamps its gates in every step
    ASSERT_EQ(events.size(), clips ? 2U : 1U);
    EXPECT_EQ(events.front().kind, clips ? TrainEventKind::Clip : TrainEventKind::Reopen);
    for (const double score : method->headScores()) EXPECT_TRUE(!clips || std::abs(score) <= 3 + 1e-9) << step;
    if (step > 100) continue;
    EXPECT_EQ(reopening.heads, std::vector<int>{6}) << "it is closed and the most confident";
    for (const int closed : {4, 5, 7})
      EXPECT_GT(method->logAlpha()[6], method->logAlpha()[static_cast<size_t>(closed)]);
  }
  EXPECT_EQ(when, (std::vector<std::int64_t>{100, 150, 200}));
}

TEST_P(Reopening, isAChoiceThatChangesNothingBeforeItsFirstEvent) {
  const auto with = makeGateMethod(kTwoBlocks, reopeningSettings(GetParam()), kRun),
             without = makeGateMethod(kTwoBlocks, reopeningSettings(GetParam(), false), kRun);
  for (std::int64_t step = 1; step <= 300; ++step) {
    EXPECT_TRUE(usualStep(*without, step).empty());
    (void)usualStep(*with, step);
    if (step < 100)
      ASSERT_EQ(with->logAlpha(), without->logAlpha()) << step;
    else
      EXPECT_TRUE(step > 100 || with->logAlpha() != without->logAlpha());
  }
  EXPECT_FALSE(without->wantsConfidence(0));
}

TEST_P(Reopening, goesOnFromACheckpoint) {
  const auto first = makeGateMethod(kTwoBlocks, reopeningSettings(GetParam()), kRun),
             second = makeGateMethod(kTwoBlocks, reopeningSettings(GetParam()), kRun);
  // Before the checkpoint one head is confident, after it another: at the next event their sums decide.
  const auto observedStep = [](GateMethod& method, std::int64_t step) {
    const double early = step <= 125 ? 1 : 0;
    if (method.wantsConfidence(step - 1)) method.observe(std::vector<double>{0, 0, 0, 0, early, 1 - early, 0, 0});
    (void)usualStep(method, step);
  };
  for (std::int64_t step = 1; step <= 125; ++step) observedStep(*first, step);
  second->restore(first->save());
  EXPECT_EQ(second->save().arrays, first->save().arrays);
  for (std::int64_t step = 126; step <= 300; ++step) {
    observedStep(*first, step);
    observedStep(*second, step);
    ASSERT_EQ(first->logAlpha(), second->logAlpha()) << step;
  }
  EXPECT_EQ(first->draw(), second->draw());
}

/// Where a block's gate had closed them all, one that is opened does not take the others along.
TEST(LagrangianReopening, opensTheConfidentHeadAlone) {
  const auto method = makeGateMethod(kTwoBlocks, reopeningSettings("lagrangian"), kRun);
  GateMethod::State state = method->save();
  state.arrays["gates"][9] = -4.6;  // behind those of the heads come those of the blocks
  method->restore(state);
  ASSERT_LT(*std::max_element(method->logAlpha().begin() + 4, method->logAlpha().end()), -3);
  method->observe(std::vector<double>{0, 0, 0, 0, 0, 0, 0.9, 0});
  ASSERT_EQ(method->endStep(100).back().heads, std::vector<int>{6});
  for (const size_t closed : {4, 5, 7}) EXPECT_LT(method->logAlpha()[closed], -3) << closed;
  for (const size_t open : {0, 1, 2, 3, 6}) EXPECT_GT(method->logAlpha()[open], 3) << open;
}

INSTANTIATE_TEST_SUITE_P(WhereItIsAnOption, Reopening,
                         ::testing::Values("lagrangian", "dsp", "ste", "movement", "wdpruning"));

}  // namespace
}  // namespace headroom
