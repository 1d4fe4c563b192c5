// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/lottery.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/survivors.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/compared_methods.h"
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

  TicketHeads choose(TicketKind kind, const std::function<void(const HeadMask&, const Transformer&)>& round = {}) {
    Workspace::State& state = workspace.state();
    const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
    return chooseTicketHeads(state, calibration, settings, {}, kind, round);
  }

  /// Whether the last training starts from the opened model's weights.
  [[nodiscard]] bool startsFromTheFirstWeights(const HeadMask& mask, TicketKind kind) {
    const Transformer start = ticketStart(workspace.state(), mask, settings.seed, kind),
                      first = compact(*workspace.state().opened, mask);
    for (size_t i = 0; i < first.parameters().entries().size(); ++i)
      if (!torch::equal(first.parameters().entries()[i].tensor, start.parameters().entries()[i].tensor)) return false;
    return true;
  }
};

TEST(LotteryControls, takeOtherHeadsOrOtherWeightsThanTheTicket) {
  TicketToy toy;
  const TicketHeads good = toy.choose(TicketKind::Good);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(good.mask, TicketKind::Good));
  EXPECT_EQ(good.steps, 4) << "a half for the rounds";

  const TicketHeads bad = toy.choose(TicketKind::Bad);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(bad.mask, TicketKind::Bad));
  EXPECT_EQ(bad.mask.keptCount(), 3);
  EXPECT_EQ(jaccard(good.mask, bad.mask), 0) << "none of the ticket's";

  const TicketHeads random = toy.choose(TicketKind::Random);
  EXPECT_TRUE(toy.startsFromTheFirstWeights(random.mask, TicketKind::Random));
  EXPECT_EQ(random.mask.keptCount(), 3);
  EXPECT_EQ(random.steps, 0) << "no rounds";
  toy.settings.seed = 2;
  EXPECT_NE(toy.choose(TicketKind::Random).mask, random.mask);

  toy.settings.seed = 1;
  const TicketHeads fresh = toy.choose(TicketKind::Fresh);
  EXPECT_EQ(fresh.mask, good.mask);
  EXPECT_FALSE(toy.startsFromTheFirstWeights(fresh.mask, TicketKind::Fresh));
}

TEST(LotteryTicket, isTrainedToTheEndForTheOtherHalfOfTheSteps) {
  TicketToy toy;
  const HeadMask mask = toy.choose(TicketKind::Random).mask;
  for (const TicketKind kind : {TicketKind::Good, TicketKind::Random, TicketKind::Fresh}) {
    const TrainedOn trained = trainTicket(toy.workspace.state(), mask, toy.settings, {}, kind);
    EXPECT_EQ(trained.steps, 4);
    EXPECT_EQ(trained.model.layout().headCount(), 3);
  }
}

TEST(LotteryControls, needEnoughLosers) {
  TicketToy toy;
  toy.settings.keep = 7;
  EXPECT_NE(test::messageOf<Error>([&] { (void)toy.choose(TicketKind::Bad); }).find("found 7, expected at most 6"),
            std::string::npos);
}

TEST(OtherTickets, byTaylorLosesTheHeadsOfTheLeastTaylorScore) {
  TicketToy toy;
  Workspace::State& state = toy.workspace.state();
  const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
  std::vector<HeadMask> masks;
  const TicketHeads ticket =
      toy.choose(TicketKind::ByTaylor, [&](const HeadMask& mask, const Transformer&) { masks.push_back(mask); });
  ASSERT_EQ(masks.size(), 4U);
  EXPECT_EQ(ticket.mask.keptCount(), 3);
  EXPECT_EQ(ticket.judging.forwards, 4);
  EXPECT_EQ(ticket.judging.backwards, 4);
  EXPECT_EQ(toy.choose(TicketKind::Good).judging.backwards, 0) << "confidence asks for no gradients";
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
  ASSERT_EQ(found.cells.size(), 7U) << "each without and with training, fresh weights only with it";
  for (const CompareCell& cell : found.cells) {
    EXPECT_EQ(cell.error, "") << cell.name();
    EXPECT_EQ(cell.mask.keptCount(), 3);
    const int rounds = cell.method == "lottery+random" ? 0 : 4, training = cell.regime == Regime::Joint ? 4 : 0;
    EXPECT_EQ(cell.trainSteps, rounds + training) << cell.name();
  }
}

TEST(OtherTickets, withoutTrainingAreTheOpenedModelUnderTheSameMask) {
  TicketToy toy;
  CompareRequest request;
  request.methods = {"lottery", "lottery+bad"};
  request.keeps = {3};
  request.seeds = {1};
  request.steps = 8;
  request.batch = 8;
  request.outPath = toy.folder.file("campaign");
  const Comparison found = compareMethods(toy.workspace, request, {});
  ASSERT_EQ(found.doneCount(), 4U);
  for (size_t i = 0; i < 4; i += 2) {
    const CompareCell &plain = found.cells[i], &trained = found.cells[i + 1];
    ASSERT_EQ(plain.regime, Regime::PostHoc);
    ASSERT_EQ(trained.regime, Regime::Joint);
    EXPECT_EQ(plain.mask, trained.mask);
    EXPECT_DOUBLE_EQ(plain.loss, evaluateMask(toy.workspace, {plain.mask}, {}).loss);
    EXPECT_NE(trained.loss, plain.loss);
  }
}

}  // namespace
}  // namespace headroom
