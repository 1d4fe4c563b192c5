// SPDX-License-Identifier: GPL-3.0-or-later
// Scores, proposals, comparisons and reports through the program itself.
#include <filesystem>

#include "core/jobs/requests.h"
#include "tests/core/cli/command_line.h"

namespace headroom {
namespace {

using test::CommandLine;
using test::Json;
using test::lines;
using test::Outcome;
using test::run;

TEST_F(CommandLine, scoresOrderASweepAndAProposal) {
  const std::string scores = folder.file("scores.json"), mask = folder.file("mask.json");
  const Outcome scored =
      run("score " + model + " --method taylor --data " + data + " --examples 20 --out " + scores + " --json");
  ASSERT_EQ(scored.status, 0) << scored.err;
  EXPECT_EQ(Json::parse(scored.out)["scores"]["encoder.self"].size(), 2U);
  const Outcome coarse = run("sweep " + model + " --order " + scores + " --data " + data + " --coarse --json");
  ASSERT_EQ(coarse.status, 0) << coarse.err;
  EXPECT_GT(Json::parse(coarse.out)["layer_share"].get<double>(), 0);
  const Outcome proposed =
      run("propose " + model + " --order " + scores + " --data " + data +
          " --at-most-ms 1000 --batch 2 --length 8 --seconds 0.3 --even-if-busy --out " + mask + " --json");
  ASSERT_EQ(proposed.status, 0) << proposed.err;
  EXPECT_LE(Json::parse(proposed.out)["choice"]["ms"].get<double>(), 1000);
  EXPECT_EQ(run("eval " + model + " --data " + data + " --mask " + mask).status, 0);
  const Outcome impossible = run("propose " + model + " --order " + scores + " --data " + data +
                                 " --at-most-ms 0.000001 --batch 2 --length 8 --seconds 0.3 --even-if-busy");
  EXPECT_EQ(impossible.status, 1);
  EXPECT_NE(impossible.err.find("no mask that meets the demand"), std::string::npos);
  EXPECT_EQ(run("propose " + model + " --order " + scores + " --data " + data).status, 2);
}

TEST_F(CommandLine, aRunsWholeCurveIsNotReplacedByFewPointsOrAnotherType) {
  const std::string path = folder.file("run.h5");
  const Outcome trained = run("train " + model + " --data " + data + " --dev " + data +
                              " --method pass --keep 2 --steps 4 --batch 8 --run " + path);
  ASSERT_EQ(trained.status, 0) << trained.err;
  ASSERT_EQ(run("sweep " + path).status, 0);
  const std::optional<Curve> whole = readRun(path).curve;
  ASSERT_TRUE(whole && whole->complete);
  for (const char* other : {" --coarse", " --dtype bfloat16"}) {
    const Outcome swept = run("sweep " + path + other);
    ASSERT_EQ(swept.status, 0) << swept.err;
    const std::optional<Curve> left = readRun(path).curve;
    ASSERT_TRUE(left) << other;
    EXPECT_EQ(left->points.size(), whole->points.size()) << other;
    for (size_t i = 0; i < whole->points.size(); ++i) EXPECT_EQ(left->points[i].loss, whole->points[i].loss) << other;
  }
}

TEST_F(CommandLine, methodsAreKnownByTheirOtherNamesToo) {
  const Outcome scored = run("score " + model + " --method lrp --data " + data + " --examples 8 --json");
  ASSERT_EQ(scored.status, 0) << scored.err;
  EXPECT_EQ(Json::parse(scored.out)["method"], "relevance");
}

TEST_F(CommandLine, scoresOfOnePassComeTogetherAndAgreeWithThoseAlone) {
  const std::string scores = folder.file("scores.json");
  const std::string command = "score " + model + " --data " + data + " --examples 20 --json ";
  const Outcome together = run(command + "--method confidence,taylor --out " + scores);
  ASSERT_EQ(together.status, 0) << together.err;
  EXPECT_EQ(Json::parse(together.out)["methods"].size(), 2U);
  const Outcome alone = run(command + "--method taylor --against " + folder.file("scores-taylor.json"));
  ASSERT_EQ(alone.status, 0) << alone.err;
  EXPECT_EQ(Json::parse(alone.out)["kendall_tau"], 1);
  const Outcome three = run(command + "--method taylor-3 --against " + folder.file("scores-taylor.json"));
  ASSERT_EQ(three.status, 0) << three.err;
  EXPECT_LE(Json::parse(three.out)["kendall_tau"].get<double>(), 1);
  const Outcome wrong = run(command + "--method taylor,shapley");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.err.find("judge by it alone"), std::string::npos);
}

TEST_F(CommandLine, searchesForOneChoiceOfKHeads) {
  const std::string command = "score " + model + " --data " + data + " --examples 20 --json --method ";
  const Outcome bred = run(command + "evolutionary --keep 3 --population 6 --generations 2");
  ASSERT_EQ(bred.status, 0) << bred.err;
  EXPECT_GE(Json::parse(bred.out)["front"].size(), 1U);
  const Outcome found = run(command + "a-star --lost 0.5");
  ASSERT_EQ(found.status, 0) << found.err;
  EXPECT_LE(Json::parse(found.out)["front"][0]["heads"].get<int>(), 8);
  const Outcome none = run(command + "a-star");
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("keep: found none"), std::string::npos);
}

TEST_F(CommandLine, choosesByInputBesideTheFixedMask) {
  const Outcome outcome =
      run("runtime " + model + " --method spatten --keep 3 --json --data " + data + " --dev " + data);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const Json json = Json::parse(outcome.out);
  EXPECT_EQ(json["mean_kept"], 3);
  EXPECT_GT(json["by_input"]["examples"], 0);
  EXPECT_EQ(json["by_input"]["examples"], json["fixed"]["examples"]);
}

TEST_F(CommandLine, unknownMethodsAndOptionsOfScoresAreRefusedInOneLine) {
  for (const std::string wrong :
       {"--method nonsense", "--method taylor --absolute nonsense", "--method shapley --truncate 2"}) {
    const Outcome outcome = run("score " + model + " --data " + data + " " + wrong);
    EXPECT_EQ(outcome.status, 1) << wrong;
    EXPECT_EQ(lines(outcome.err), 1) << outcome.err;
    EXPECT_NE(outcome.err.find("expected"), std::string::npos);
  }
}

TEST_F(CommandLine, compareGoesOnInItsFolderAndReportsAsATable) {
  const std::string campaign = folder.file("campaign");
  const std::string command = "compare " + model + " --data " + data + " --dev " + data +
                              " --keep 2,4 --seeds 1,2 --steps 3 --batch 8 --examples 20 --out " + campaign +
                              " --json --methods ";
  const Outcome first = run(command + "random,pass");
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_EQ(Json::parse(first.out)["done"], 8);
  const Outcome more = run(command + "random,pass,magnitude");
  ASSERT_EQ(more.status, 0) << more.err;
  EXPECT_EQ(Json::parse(more.out)["done"], 12);
  EXPECT_EQ(Json::parse(more.out)["rows"].size(), 6U);
  EXPECT_TRUE(std::filesystem::exists(campaign + "/compare.csv"));
  EXPECT_TRUE(std::filesystem::exists(campaign + "/compare.html"));
}

TEST_F(CommandLine, aRunIsReportedAsOnePageAndPlottedAsPictures) {
  const std::string runFile = folder.file("run.h5"), page = folder.file("report.html"),
                    picture = folder.file("plot.svg");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 4 --run " + runFile)).status, 0);
  ASSERT_EQ(run("report " + runFile + " --out " + page).status, 0);
  std::ifstream text(page);
  const std::string html{std::istreambuf_iterator<char>(text), {}};
  EXPECT_NE(html.find("3 of 8"), std::string::npos);
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_EQ(run("plot " + runFile + " --plot loss --width 120 --out " + picture).status, 0);
  const Outcome nothing = run("plot " + runFile + " --plot curve --out " + picture);
  EXPECT_EQ(nothing.status, 1);
  EXPECT_NE(nothing.err.find("sweep the run first"), std::string::npos);
}

TEST_F(CommandLine, optionsThatTheMethodWouldIgnoreAreRefused) {
  for (const std::string wrong : {"--method dsp --loss base", "--method pass --lambda 0.1", "--method none --reopen"}) {
    const Outcome outcome = run(trainCommand("--keep 3 --steps 2 --run " + folder.file("run.h5") + " " + wrong));
    EXPECT_EQ(outcome.status, 2) << wrong;
    EXPECT_NE(outcome.err.find("expected"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(
      run(trainCommand("--keep 3 --steps 2 --method l0 --lambda 0.1 --reopen --run " + folder.file("run.h5"))).status,
      0);
  EXPECT_EQ(run(trainCommand("--keep 3 --steps 2 --method pass --loss base --run " + folder.file("base.h5"))).status,
            0);
}

}  // namespace
}  // namespace headroom
