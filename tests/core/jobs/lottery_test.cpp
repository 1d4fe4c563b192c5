// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/lottery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

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

  TicketRounds rounds(bool byTaylor = false,
                      const std::function<void(const HeadMask&, const Transformer&)>& round = {}) {
    Workspace::State& state = workspace.state();
    const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
    return playRounds(state, calibration, settings, {}, byTaylor, round);
  }

  /// Of tickets at the settings' K and steps.
  Comparison compare(const std::vector<std::string>& methods) {
    CompareRequest request;
    request.methods = methods;
    request.keeps = {settings.keep};
    request.seeds = {1};
    request.steps = settings.steps;
    request.batch = settings.batch;
    request.outPath = folder.file("campaign");
    return compareMethods(workspace, request, {});
  }

  /// Bit for bit those of the opened model.
  [[nodiscard]] bool hasTheFirstWeights(const HeadMask& mask, const Transformer& model) {
    const Transformer first = compact(*workspace.state().opened, mask);
    for (size_t i = 0; i < first.parameters().entries().size(); ++i)
      if (!torch::equal(first.parameters().entries()[i].tensor, model.parameters().entries()[i].tensor)) return false;
    return true;
  }
  /// Whether the last training starts from them.
  [[nodiscard]] bool startsFromTheFirstWeights(const HeadMask& mask, TicketKind kind) {
    return hasTheFirstWeights(mask, ticketStart(workspace.state(), mask, settings.seed, kind));
  }
};

TEST(LotteryControls, takeOtherHeadsOrOtherWeightsThanTheTicket) {
  TicketToy toy;
  const TicketRounds played = toy.rounds();
  EXPECT_EQ(played.steps, 4) << "a half for the rounds";
  const HeadMask good = ticketMask(played.mask, toy.settings, TicketKind::Good);
  EXPECT_EQ(good, played.mask);
  EXPECT_EQ(good.keptCount(), 3);
  const HeadMask bad = ticketMask(played.mask, toy.settings, TicketKind::Bad),
                 random = ticketMask(played.mask, toy.settings, TicketKind::Random);
  EXPECT_EQ(bad.keptCount(), 3);
  EXPECT_EQ(jaccard(good, bad), 0) << "none of the ticket's";
  EXPECT_EQ(random.keptCount(), 3);
  for (const TicketKind kind : {TicketKind::Good, TicketKind::Bad, TicketKind::Random})
    EXPECT_TRUE(toy.startsFromTheFirstWeights(ticketMask(played.mask, toy.settings, kind), kind));
  EXPECT_EQ(ticketMask(played.mask, toy.settings, TicketKind::Fresh), good);
  EXPECT_FALSE(toy.startsFromTheFirstWeights(good, TicketKind::Fresh));
}

TEST(LotteryControls, areDrawnApart) {
  TicketToy toy;
  const HeadMask ticket = keepTop(toy.layout, std::vector<double>{9, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 3);
  double overlap = 0;
  constexpr int kSeeds = 400;
  for (toy.settings.seed = 1; toy.settings.seed <= kSeeds; ++toy.settings.seed)
    overlap += jaccard(ticketMask(ticket, toy.settings, TicketKind::Random),
                       ticketMask(ticket, toy.settings, TicketKind::Bad));
  EXPECT_NEAR(overlap / kSeeds, chanceJaccard(3, 12), 0.03) << "one says nothing of the other";
}

TEST(LotteryTicket, isKeptAsItWasPlayed) {
  TicketToy toy;
  const TicketRounds played = toy.rounds();
  const TicketRounds again = ticketFromJson(toJson(played), "t.json", toy.layout);
  EXPECT_EQ(again.mask, played.mask);
  EXPECT_EQ(again.steps, played.steps);
  EXPECT_EQ(again.costs.forwards, played.costs.forwards);
  EXPECT_EQ(again.costs.seconds, played.costs.seconds);
  for (const char* wrong : {"{}", "[", R"({"format": "headroom-ticket/1", "mask": {}})"})
    EXPECT_EQ(test::messageOf<Error>([&] { (void)ticketFromJson(wrong, "t.json", toy.layout); }),
              "t.json: found no lottery ticket as Headroom writes it, expected headroom-ticket/1; remove the file")
        << wrong;
}

TEST(LotteryTicket, everyRoundBeginsWithTheFirstWeightsBitForBit) {
  TicketToy toy;
  toy.settings.steps = 24;
  std::vector<int> kept;
  const auto isAsItWas = [&](const HeadMask& mask, const Transformer& model) {
    kept.push_back(mask.keptCount());
    EXPECT_TRUE(toy.hasTheFirstWeights(mask, model));
  };
  const TicketRounds ticket = toy.rounds(false, isAsItWas);
  isAsItWas(ticket.mask, ticketStart(toy.workspace.state(), ticket.mask, 1, TicketKind::Good));
  EXPECT_EQ(kept, (std::vector<int>{12, 10, 8, 6, 3}));
  EXPECT_EQ(ticket.steps, 12);
}

TEST(LotteryTicket, takesAsManyStepsAsJointTraining) {
  TicketToy toy;
  toy.settings.steps = 16;
  const Comparison comparison = toy.compare({"lottery"});
  ASSERT_EQ(comparison.doneCount(), 2U);
  EXPECT_EQ(comparison.cells[1].name(), "lottery-joint-k3-s1");
  EXPECT_EQ(comparison.cells[1].mask.keptCount(), 3);
  EXPECT_EQ(comparison.cells[1].trainSteps, 16);
}

TEST(LotteryTicket, isTrainedToTheEndForTheOtherHalfOfTheSteps) {
  TicketToy toy;
  const HeadMask mask = keepRandom(toy.layout, 3, 1);
  for (const TicketKind kind : {TicketKind::Good, TicketKind::Random, TicketKind::Fresh}) {
    const TrainedOn trained = trainTicket(toy.workspace.state(), mask, toy.settings, {}, kind);
    EXPECT_EQ(trained.steps, 4);
    EXPECT_EQ(trained.model.layout().headCount(), 3);
  }
}

TEST(LotteryControls, needEnoughLosers) {
  TicketToy toy;
  toy.settings.keep = 7;
  EXPECT_NE(test::messageOf<Error>([&] {
              (void)ticketMask(HeadMask(toy.layout), toy.settings, TicketKind::Bad);
            }).find("found 7, expected at most 6"),
            std::string::npos);
}

TEST(OtherTickets, byTaylorLosesTheHeadsOfTheLeastTaylorScore) {
  TicketToy toy;
  Workspace::State& state = toy.workspace.state();
  const EvaluationSet calibration(*state.train, state.opened->config(), {}, torch::kCPU);
  std::vector<HeadMask> masks;
  const TicketRounds ticket =
      toy.rounds(true, [&](const HeadMask& mask, const Transformer&) { masks.push_back(mask); });
  ASSERT_EQ(masks.size(), 4U);
  EXPECT_EQ(ticket.mask.keptCount(), 3);
  EXPECT_EQ(ticket.costs.forwards, 4);
  EXPECT_EQ(ticket.costs.backwards, 4);
  EXPECT_EQ(toy.rounds().costs.backwards, 0) << "confidence asks for no gradients";
  // The first round again: one step, then the two heads go that matter least.
  TrainSettings oneStep = toy.settings;
  oneStep.steps = 1;
  const Transformer trained = trainedOn(compact(*state.opened, masks[0]), state, oneStep, {}).model;
  ScoreOptions options;
  options.normalise = true;
  const JobContext context;
  EXPECT_EQ(masks[1], keepTop(masks[0].layout(), taylorScores({trained, calibration, options, context}).values, 10));
}

TEST(OtherTickets, areNamedWhereOneIsUnknown) {
  EXPECT_EQ(test::messageOf<Error>([] { (void)variantOf("lottery+bogus"); }),
            "compare: found method \"lottery+bogus\", expected one of lottery, lottery+taylor, lottery+random, "
            "lottery+bad, lottery+fresh");
}

TEST(OtherTickets, areMethodsOfACampaign) {
  TicketToy toy;
  std::vector<std::string> names;
  for (const MethodInfo& other : otherTickets()) names.push_back(other.name);
  ASSERT_EQ(names, (std::vector<std::string>{"lottery+taylor", "lottery+random", "lottery+bad", "lottery+fresh"}));
  const std::vector<MethodInfo> known = comparedMethods();
  for (const std::string& name : names)
    EXPECT_EQ(std::count_if(known.begin(), known.end(), [&](const MethodInfo& each) { return each.name == name; }), 1);
  const Comparison found = toy.compare(names);
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
  const Comparison found = toy.compare({"lottery", "lottery+bad"});
  ASSERT_EQ(found.doneCount(), 4U);
  for (size_t i = 0; i < 4; i += 2) {
    const CompareCell &plain = found.cells[i], &trained = found.cells[i + 1];
    ASSERT_EQ(plain.regime, Regime::PostHoc);
    ASSERT_EQ(trained.regime, Regime::Joint);
    EXPECT_EQ(plain.mask, trained.mask);
    EXPECT_DOUBLE_EQ(plain.loss, evaluateMask(toy.workspace, {plain.mask}, {}).loss);
    EXPECT_NE(trained.loss, plain.loss);
  }
  EXPECT_TRUE(std::filesystem::exists(toy.folder.file("campaign/runs/lottery-k3-s1.ticket.json")));
  EXPECT_EQ(jaccard(found.cells[0].mask, found.cells[2].mask), 0) << "of the same rounds";
  // A stop after the first cells: what was played is not played again.
  std::filesystem::remove(toy.folder.file("campaign/cells/lottery-joint-k3-s1.json"));
  const Comparison again = toy.compare({"lottery", "lottery+bad"});
  EXPECT_EQ(again.cells[1].mask, found.cells[1].mask);
  EXPECT_EQ(again.cells[1].costs.forwards, found.cells[1].costs.forwards);
}

}  // namespace
}  // namespace headroom
