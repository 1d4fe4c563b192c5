// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_methods.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/lottery.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/search_lambda.h"
#include "tests/core/jobs/campaign_toy.h"

namespace headroom {
namespace {

using test::CampaignToy;
using test::cellOf;

TEST(CompareMethods, fillsTheGridAndNeverRepeatsACell) {
  CampaignToy toy;
  toy.request.recover = true;
  int computed = 0;
  const Comparison first = compareMethods(toy.workspace, toy.request, {}, [&](const Comparison&) { ++computed; });
  const size_t random = 2U * kRandomMasks + 2 * 2, taylor = 2U * 2 * 2, passconc = 2U * 2;
  EXPECT_EQ(first.cells.size(), random + taylor + passconc);
  EXPECT_EQ(first.doneCount(), first.cells.size());
  EXPECT_EQ(computed, static_cast<int>(first.cells.size()));
  for (const CompareCell& cell : first.cells) {
    EXPECT_EQ(cell.mask.keptCount(), cell.keep) << cell.name();
    EXPECT_EQ(cell.trainSteps, cell.regime == Regime::PostHoc ? 0 : 6) << cell.name();
  }
  computed = 0;
  const Comparison again = compareMethods(toy.workspace, toy.request, {}, [&](const Comparison&) { ++computed; });
  EXPECT_EQ(computed, 0);
  for (size_t i = 0; i < first.cells.size(); ++i) {
    EXPECT_EQ(again.cells[i].metric, first.cells[i].metric);
    EXPECT_EQ(again.cells[i].mask, first.cells[i].mask);
    EXPECT_EQ(again.cells[i].scores, first.cells[i].scores);
    EXPECT_EQ(keepTop(toy.layout, first.cells[i].scores, first.cells[i].keep), first.cells[i].mask);
  }
  EXPECT_TRUE(std::filesystem::exists(toy.folder.file("campaign/compare.csv")));
  for (const char* chart : {"post-hoc-scores", "recovered-costs", "joint-scores", "joint-costs"})
    EXPECT_EQ(readTextFile(toy.folder.file(std::string("campaign/compare-") + chart + ".svg")).rfind("<svg", 0), 0U)
        << chart;
  EXPECT_NE(readTextFile(toy.folder.file("campaign/compare.html")).find("passconc"), std::string::npos);
}

TEST(CompareMethods, methodsThatChooseByInputStandBesideTheirFixedMasks) {
  CampaignToy toy;
  toy.request.methods = {"spatten", "ebert"};
  toy.request.seeds = {1};
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(found.doneCount(), 8U);
  for (const CompareCell& cell : found.cells) {
    EXPECT_EQ(cell.error, "") << cell.name();
    EXPECT_EQ(cell.mask.keptCount(), cell.keep) << cell.name();
    EXPECT_EQ(cell.trainSteps, cell.method == "ebert" ? 6 : 0) << cell.name();
    EXPECT_EQ(cell.meanKept >= 0, cell.regime == Regime::RunTime) << cell.name();
  }
  EXPECT_EQ(cellOf(found, "spatten-run-time-k3-s1").mask, cellOf(found, "spatten-post-hoc-k3-s1").mask);
  EXPECT_EQ(cellOf(found, "ebert-run-time-k3-s1").mask, cellOf(found, "ebert-joint-k3-s1").mask);
}

TEST(CompareMethods, recoverTheFixedMasksOfChoicesByInput) {
  CampaignToy toy;
  toy.request.methods = {"spatten", "ebert"};
  toy.request.seeds = {1};
  toy.request.keeps = {3};
  toy.request.recover = true;
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(found.doneCount(), 5U) << "EBERT has trained its weights already";
  const CompareCell &fixed = cellOf(found, "spatten-post-hoc-k3-s1"),
                    &recovered = cellOf(found, "spatten-recovered-k3-s1");
  EXPECT_EQ(recovered.mask, fixed.mask);
  EXPECT_EQ(recovered.trainSteps, 6);
  EXPECT_EQ(fixed.trainSteps, 0);
  EXPECT_NE(recovered.loss, fixed.loss);
  EXPECT_GT(recovered.costs.forwards, fixed.costs.forwards);
}

TEST(CompareMethods, takeReopeningAsAChoiceOfEveryMethodThatTrainsGates) {
  CampaignToy toy;
  toy.request.methods = {"l0", "l0+reopen", "pass+no-reopen"};
  toy.request.seeds = {1};
  toy.request.keeps = {3};
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(found.doneCount(), 3U);
  for (const CompareCell& cell : found.cells) EXPECT_EQ(cell.error, "") << cell.name();
  const auto reopens = [&](const std::string& name) {
    return readRun(toy.folder.file("campaign/runs/" + name + "-joint-k3-s1.h5")).settings.reopen;
  };
  EXPECT_FALSE(reopens("l0"));
  EXPECT_TRUE(reopens("l0+reopen"));
  EXPECT_FALSE(reopens("pass+no-reopen"));
  for (const char* wrong : {"taylor+reopen", "l0+", "l0+lambda", "none+reopen", "+reopen"}) {
    toy.request.methods = {wrong};
    EXPECT_THROW((void)compareMethods(toy.workspace, toy.request, {}), Error) << wrong;
  }
}

TEST(CompareMethods, recoverByLowRankAdaptersWhereAskedTo) {
  CampaignToy toy;
  toy.request.methods = {"taylor-3", "taylor-3+lora", "taylor+normalise+lora"};
  toy.request.seeds = {1};
  toy.request.keeps = {3};
  toy.request.recover = true;
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(found.cells.size(), 4U) << "LoRA is a way to recover, and says nothing new without";
  for (const CompareCell& cell : found.cells) EXPECT_EQ(cell.error, "") << cell.name();
  const CompareCell &whole = cellOf(found, "taylor-3-recovered-k3-s1"),
                    &lora = cellOf(found, "taylor-3+lora-recovered-k3-s1");
  EXPECT_EQ(lora.mask, whole.mask);
  EXPECT_EQ(lora.trainSteps, whole.trainSteps);
  EXPECT_NE(lora.loss, whole.loss);
  EXPECT_NE(lora.loss, cellOf(found, "taylor-3-post-hoc-k3-s1").loss);
  EXPECT_NE(lora.loss, evaluateMask(toy.workspace, {}, {}).loss) << "the adapted model, not the opened one";
  const std::vector<MethodInfo> known = comparedMethods();
  EXPECT_TRUE(std::any_of(known.begin(), known.end(), [](const auto& each) { return each.name == "taylor-3+lora"; }));
  for (const char* wrong : {"pass+lora", "lottery+lora", "taylor+lora=4"})
    EXPECT_THROW((void)variantOf(wrong), Error) << wrong;
}

TEST(CompareMethods, measureTenRandomMasksWhateverTheSeeds) {
  CampaignToy toy;
  toy.request.methods = {"random"};
  toy.request.keeps = {3};
  toy.request.seeds = {7};
  toy.request.recover = true;
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(found.cells.size(), 11U) << "ten masks, one of them recovered";
  EXPECT_EQ(found.doneCount(), 11U);
  EXPECT_TRUE(cellOf(found, "random-recovered-k3-s7").done);
  for (const CompareRow& row : summarise(found)) {
    EXPECT_EQ(row.metric.seeds, row.regime == Regime::PostHoc ? 10 : 1);
    EXPECT_LE(row.metric.least, row.metric.mean + 1e-12);
    EXPECT_GE(row.metric.most, row.metric.mean - 1e-12);
  }
  EXPECT_NE(readTextFile(toy.folder.file("campaign/compare-summary.csv")).find("random,post-hoc,3,10,0,"),
            std::string::npos);
  EXPECT_NE(readTextFile(toy.folder.file("campaign/compare.html")).find("10 masks"), std::string::npos);
  // A campaign from before there were ten goes on with those that it lacks.
  for (const CompareCell& cell : found.cells)
    if (cell.seed != 7) std::filesystem::remove(toy.folder.file("campaign/cells/" + cell.name() + ".json"));
  int computed = 0;
  const Comparison again = compareMethods(toy.workspace, toy.request, {}, [&](const Comparison&) { ++computed; });
  EXPECT_EQ(computed, 9);
  EXPECT_EQ(again.doneCount(), 11U);
}

TEST(CompareMethods, optionsBehindAMethodsNameStandBesideItWithoutThem) {
  CampaignToy toy;
  const std::string variant = "taylor+absolute=batch+normalise";
  toy.request.methods = {"taylor", variant};
  toy.request.keeps = {3};
  toy.request.seeds = {1};
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(found.doneCount(), 2U);
  ScoreRequest alone;
  alone.method = "taylor";
  alone.examples = toy.request.examples;
  const std::vector<double> plain = scoreHeads(toy.workspace, alone, {}).values;
  alone.options.absolute = "batch";
  alone.options.normalise = true;
  const std::vector<double> changed = scoreHeads(toy.workspace, alone, {}).values;
  EXPECT_EQ(cellOf(found, "taylor-post-hoc-k3-s1").scores, plain);
  EXPECT_EQ(cellOf(found, variant + "-post-hoc-k3-s1").scores, changed);
  EXPECT_NE(plain, changed);
  EXPECT_NE(readTextFile(toy.folder.file("campaign/compare.html")).find(variant), std::string::npos);
  for (const char* wrong : {"taylor+absolute=nonsense", "taylor+beam=2", "taylor+normalise=1", "taylor+absolute",
                            "shapley+permutations=many", "random+absolute=token", "taylor+"}) {
    toy.request.methods = {wrong};
    EXPECT_THROW((void)compareMethods(toy.workspace, toy.request, {}), Error) << wrong;
  }
}

TEST(CompareMethods, refuseToMixTextsOfAnotherLength) {
  CampaignToy toy;
  toy.request.methods = {"random"};
  toy.request.seeds = {1};
  (void)compareMethods(toy.workspace, toy.request, {});
  (void)openData(toy.workspace, {toy.files.data, toy.files.data, {}, {}, 5, 0}, {});
  EXPECT_THROW((void)compareMethods(toy.workspace, toy.request, {}), Error);
}

TEST(CompareMethods, searchesForOneKOrderNothing) {
  CampaignToy toy;
  toy.request.methods = {"a-star"};
  toy.request.seeds = {1};
  toy.request.keeps = {11};
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(found.cells.front().error, "");
  EXPECT_EQ(found.cells.front().mask.keptCount(), 11);
  EXPECT_TRUE(found.cells.front().scores.empty());
}

TEST(CompareMethods, gatesCanBeTrainedUnderFrozenWeightsAndRecovered) {
  CampaignToy toy;
  toy.request.methods = {"passconc"};
  toy.request.seeds = {1};
  toy.request.keeps = {3};
  toy.request.frozen = toy.request.recover = true;
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  ASSERT_EQ(found.doneCount(), 3U);
  const CompareCell& frozen = cellOf(found, "passconc-post-hoc-k3-s1");
  // The recovered cell takes the run that is there, but what it cost counts in both.
  const RunSnapshot run = readRun(toy.folder.file("campaign/runs/passconc-frozen-k3-s1.h5"));
  EXPECT_GE(frozen.costs.seconds, run.report->wallSeconds);
  EXPECT_GE(cellOf(found, "passconc-recovered-k3-s1").costs.seconds, run.report->wallSeconds);
  EXPECT_EQ(frozen.mask, cellOf(found, "passconc-recovered-k3-s1").mask);
  // Frozen weights: the mask in the model as it was opened scores the same.
  EvaluateMaskRequest evaluate{frozen.mask};
  EXPECT_EQ(evaluateMask(toy.workspace, evaluate, {}).metric, frozen.metric);
}

TEST(CompareMethods, searchesLambdaForL0WhereAskedTo) {
  CampaignToy toy;
  toy.request.methods = {"l0"};
  toy.request.seeds = {1};
  toy.request.keeps = {3};
  toy.request.steps = 20;
  toy.request.searchLambda = true;
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(found.cells.front().error, "");
  const CompareCell& cell = found.cells.front();
  EXPECT_GT(cell.trainSteps, 20) << "the search counts";
  const std::string place = toy.folder.file("campaign/runs/" + cell.name());
  const LambdaSearch search = lambdaFromJson(readTextFile(place + ".lambda.json"), place);
  EXPECT_EQ(readRun(place + ".h5").settings.lambdaSearched, search.reached);
  // A cell whose run is there but not its end takes the search as it was done, with its costs.
  std::filesystem::remove(toy.folder.file("campaign/cells/" + cell.name() + ".json"));
  const Comparison again = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(again.cells.front().trainSteps, cell.trainSteps);
  EXPECT_EQ(again.cells.front().mask, cell.mask);
  EXPECT_NEAR(again.cells.front().costs.seconds, cell.costs.seconds, 1e-9);
}

TEST(CompareMethods, readCellsThatWereWrittenWithoutScores) {
  CampaignToy toy;
  toy.request.methods = {"taylor"};
  const Comparison first = compareMethods(toy.workspace, toy.request, {});
  const std::string path = toy.folder.file("campaign/cells/taylor-post-hoc-k3-s1.json");
  nlohmann::json json = nlohmann::json::parse(readTextFile(path));
  json.erase("scores");
  writeFileAtomically(path, json.dump());
  const Comparison again = compareMethods(toy.workspace, toy.request, {});
  EXPECT_TRUE(cellOf(again, "taylor-post-hoc-k3-s1").scores.empty());
  EXPECT_EQ(cellOf(again, "taylor-post-hoc-k3-s1").metric, cellOf(first, "taylor-post-hoc-k3-s1").metric);
  EXPECT_EQ(cellOf(again, "taylor-post-hoc-k3-s2").scores.size(), 12U);
  json["scores"] = {1, 2};
  writeFileAtomically(path, json.dump());
  EXPECT_NE(
      test::messageOf<Error>([&] { (void)compareMethods(toy.workspace, toy.request, {}); }).find("scores: found 2"),
      std::string::npos);
}

TEST(CompareMethods, equalTheSameThingsDoneOneByOne) {
  CampaignToy toy;
  const Comparison comparison = compareMethods(toy.workspace, toy.request, {});
  const CompareCell& random = cellOf(comparison, "random-post-hoc-k3-s1");
  const EvalResult alone = evaluateMask(toy.workspace, {random.mask, true}, {});
  EXPECT_EQ(alone.metric, random.metric);
  const RunSnapshot run = readRun(toy.folder.file("campaign/runs/passconc-joint-k6-s2.h5"));
  EXPECT_EQ(run.report->mask, cellOf(comparison, "passconc-joint-k6-s2").mask);
  EXPECT_EQ(run.report->metric, cellOf(comparison, "passconc-joint-k6-s2").metric);
}

TEST(CompareMethods, takeARunThatWasFinishedBeforeItsCellWas) {
  CampaignToy toy;
  toy.request.methods = {"passconc"};
  const Comparison first = compareMethods(toy.workspace, toy.request, {});
  const std::string name = "passconc-joint-k3-s1", run = toy.folder.file("campaign/runs/" + name + ".h5");
  const auto written = std::filesystem::last_write_time(run);
  std::filesystem::remove(toy.folder.file("campaign/cells/" + name + ".json"));
  const Comparison again = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(std::filesystem::last_write_time(run), written);
  EXPECT_EQ(cellOf(again, name).metric, cellOf(first, name).metric);
  EXPECT_EQ(cellOf(again, name).costs.seconds, cellOf(first, name).costs.seconds);
}

TEST(CompareMethods, goOnAfterAStop) {
  CampaignToy whole, stopped;
  const Comparison expected = compareMethods(whole.workspace, whole.request, {});
  // A stop in the middle of every cell there is, one after the other.
  Comparison found;
  for (int stops = 0;; ++stops) {
    ASSERT_LT(stops, 200);
    std::stop_source source;
    int yields = 0;
    const int most = 9 + stops;  // so that a cell which keeps nothing on the way comes to its end, too
    JobContext context;
    context.stop = source.get_token();
    context.betweenBatches = [&] {
      if (++yields == most) source.request_stop();
    };
    try {
      found = compareMethods(stopped.workspace, stopped.request, context);
      break;
    } catch (const Cancelled&) {
    }
  }
  for (size_t i = 0; i < expected.cells.size(); ++i) {
    EXPECT_EQ(found.cells[i].mask, expected.cells[i].mask) << expected.cells[i].name();
    EXPECT_EQ(found.cells[i].metric, expected.cells[i].metric) << expected.cells[i].name();
  }
}

TEST(CompareMethods, countWhatIsAskedForTwiceOnce) {
  CampaignToy toy;
  toy.request.methods = {"taylor", "taylor"};
  toy.request.keeps = {3, 3};
  toy.request.seeds = {1, 2, 1};
  const Comparison found = compareMethods(toy.workspace, toy.request, {});
  EXPECT_EQ(found.cells.size(), 2U);
  EXPECT_EQ(summarise(found).front().metric.seeds, 2);
}

TEST(CompareMethods, aStopLeavesTablesOfWhatIsDone) {
  CampaignToy toy;
  toy.request.methods = {"magnitude"};
  std::stop_source source;
  JobContext context;
  context.stop = source.get_token();
  EXPECT_THROW(
      (void)compareMethods(toy.workspace, toy.request, context, [&](const Comparison&) { source.request_stop(); }),
      Cancelled);
  const std::string csv = readTextFile(toy.folder.file("campaign/compare.csv"));
  EXPECT_NE(csv.find("magnitude,post-hoc,3,3,1,done,"), std::string::npos) << csv;
  EXPECT_NE(csv.find("magnitude,post-hoc,6,6,2,open,"), std::string::npos) << csv;
  EXPECT_TRUE(std::filesystem::exists(toy.folder.file("campaign/compare.html")));
}

TEST(CompareMethods, nameTheMethodsThereAreForAWrongName) {
  CampaignToy toy;
  for (const char* wrong : {"tailor", "tailor+normalise"}) {
    toy.request.methods = {wrong};
    const std::string message = test::messageOf<Error>([&] { (void)compareMethods(toy.workspace, toy.request, {}); });
    for (const char* name : {"tailor", "passconc", "taylor", "lottery", "shapley", "ebert"})
      EXPECT_NE(message.find(name), std::string::npos) << message;
    EXPECT_EQ(message.find("none"), std::string::npos) << "it chooses no heads";
  }
}

TEST(CompareMethods, noteWhatFailsAndGoOn) {
  CampaignToy toy;
  toy.request.options.absolute = "nonsense";
  const Comparison comparison = compareMethods(toy.workspace, toy.request, {});
  EXPECT_NE(cellOf(comparison, "taylor-post-hoc-k3-s1").error.find("absolute: found \"nonsense\""), std::string::npos);
  EXPECT_TRUE(cellOf(comparison, "passconc-joint-k3-s1").done);
  EXPECT_NE(readTextFile(toy.folder.file("campaign/compare.csv")).find("failed"), std::string::npos);
}

TEST(CompareMethods, refuseAFolderOfAnotherCampaign) {
  CampaignToy toy;
  toy.request.methods = {"random"};
  (void)compareMethods(toy.workspace, toy.request, {});
  toy.request.examples = 16;
  EXPECT_NE(test::messageOf<Error>([&] {
              (void)compareMethods(toy.workspace, toy.request, {});
            }).find("another campaign, with other examples (32 there, 16 asked for); expected"),
            std::string::npos);
  toy.request.outPath = toy.files.model;
  EXPECT_NE(test::messageOf<Error>([&] { (void)compareMethods(toy.workspace, toy.request, {}); }).find("no campaign"),
            std::string::npos);
  toy.request.methods = {"none"};
  EXPECT_THROW((void)compareMethods(toy.workspace, toy.request, {}), Error);
}

}  // namespace
}  // namespace headroom
