// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/lottery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/survivors.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/train_on.h"
#include "core/prune/surgery.h"
#include "core/scores/score_functions.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

struct TicketToy : test::OpenToyClassifier {
  TrainSettings settings;
  TicketToy() {
    settings.keep = 3;
    settings.steps = 8;
    settings.batch = 8;
  }

  /// The ticket, and the model that its last training starts from.
  LotteryTicket draw(TicketKind kind) {
    Workspace::State& state = workspace.state();
    const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
    return drawTicket(
        state, calibration, settings, {}, [&](const HeadMask&, const Transformer& model) { start.emplace(model); },
        kind);
  }

  /// Whether that training starts from the opened model's weights.
  [[nodiscard]] bool startsFromTheFirstWeights(const HeadMask& mask) {
    const Transformer first = compact(*workspace.state().opened, mask);
    for (size_t i = 0; i < first.parameters().entries().size(); ++i)
      if (!torch::equal(first.parameters().entries()[i].tensor, start->parameters().entries()[i].tensor)) return false;
    return true;
  }

  std::optional<Transformer> start;
};

TEST(LotteryControls, takeOtherHeadsOrOtherWeightsThanTheTicket) {
  TicketToy toy;
  const LotteryTicket good = toy.draw(TicketKind::Good);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(good.mask));
  EXPECT_EQ(good.steps, 8);

  const LotteryTicket bad = toy.draw(TicketKind::Bad);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(bad.mask));
  EXPECT_EQ(bad.mask.keptCount(), 3);
  EXPECT_EQ(jaccard(good.mask, bad.mask), 0) << "none of the ticket's";

  const LotteryTicket random = toy.draw(TicketKind::Random);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(random.mask));
  EXPECT_EQ(random.mask.keptCount(), 3);
  EXPECT_EQ(random.steps, 4) << "no rounds, the same training in the end";
  toy.settings.seed = 2;
  EXPECT_NE(toy.draw(TicketKind::Random).mask, random.mask);

  toy.settings.seed = 1;
  const LotteryTicket fresh = toy.draw(TicketKind::Fresh);
  EXPECT_EQ(fresh.mask, good.mask);
  EXPECT_FALSE(toy.startsFromTheFirstWeights(fresh.mask));
  EXPECT_EQ(fresh.model.layout().headCount(), 3);
}

TEST(LotteryControls, needEnoughLosers) {
  TicketToy toy;
  toy.settings.keep = 7;
  EXPECT_NE(test::messageOf<Error>([&] { (void)toy.draw(TicketKind::Bad); }).find("found 7, expected at most 6"),
            std::string::npos);
}

TEST(OtherTickets, byTaylorLosesTheHeadsOfTheLeastTaylorScore) {
  TicketToy toy;
  Workspace::State& state = toy.workspace.state();
  const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
  std::vector<HeadMask> masks;
  const LotteryTicket ticket = drawTicket(
      state, calibration, toy.settings, {}, [&](const HeadMask& mask, const Transformer&) { masks.push_back(mask); },
      TicketKind::ByTaylor);
  ASSERT_EQ(masks.size(), 5U);
  EXPECT_EQ(ticket.mask.keptCount(), 3);
  EXPECT_EQ(ticket.judging.forwards, 4);
  EXPECT_EQ(ticket.judging.backwards, 4);
  EXPECT_EQ(toy.draw(TicketKind::Good).judging.backwards, 0) << "confidence asks for no gradients";
  // The first round again: one step, then the two heads go that matter least.
  TrainSettings oneStep = toy.settings;
  oneStep.steps = 1;
  const Transformer trained = trainedOn(compact(*state.opened, masks[0]), state, oneStep, {}).model;
  ScoreOptions options;
  options.normalise = true;
  const JobContext context;
  EXPECT_EQ(masks[1], keepTop(masks[0].layout(), taylorScores({trained, calibration, options, context}).values, 10));
}

TEST(OtherTickets, areMethodsOfACampaign) {
  TicketToy toy;
  CompareRequest request;
  for (const MethodInfo& other : otherTickets()) request.methods.push_back(other.name);
  ASSERT_EQ(request.methods,
            (std::vector<std::string>{"lottery+taylor", "lottery+random", "lottery+bad", "lottery+fresh"}));
  const std::vector<MethodInfo> known = comparedMethods();
  for (const std::string& name : request.methods)
    EXPECT_EQ(std::count_if(known.begin(), known.end(), [&](const MethodInfo& each) { return each.name == name; }), 1);
  request.keeps = {3};
  request.seeds = {1};
  request.steps = 8;
  request.batch = 8;
  request.outPath = toy.folder.file("campaign");
  const Comparison found = compareMethods(toy.workspace, request, {});
  ASSERT_EQ(found.cells.size(), 4U);
  for (const CompareCell& cell : found.cells) {
    EXPECT_EQ(cell.error, "") << cell.name();
    EXPECT_EQ(cell.regime, Regime::Joint);
    EXPECT_EQ(cell.mask.keptCount(), 3);
    EXPECT_EQ(cell.trainSteps, cell.method == "lottery+random" ? 4 : 8);
  }
}

}  // namespace
}  // namespace headroom
