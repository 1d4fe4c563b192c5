// SPDX-License-Identifier: GPL-3.0-or-later
// Scores, proposals, comparisons and reports through the program itself.
#include <cmath>
#include <filesystem>

#include "core/base/files.h"
#include "core/jobs/requests.h"
#include "core/store/run_lock.h"
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
  EXPECT_GE(Json::parse(scored.out)["wall_s"].get<double>(), Json::parse(scored.out)["seconds"].get<double>());
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

TEST_F(CommandLine, aRunThatCannotBeWrittenToIsSweptAndSaysSo) {
  const std::string path = folder.file("run.h5"), csv = folder.file("curve.csv");
  ASSERT_EQ(run(trainCommand("--method pass --keep 2 --steps 4 --run " + path)).status, 0);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  const Outcome swept = run("sweep " + path + " --json --out " + csv);
  ASSERT_EQ(swept.status, 0) << swept.err;
  EXPECT_NE(swept.err.find("\nthe curve was not saved in the run: " + path + ": cannot write: Permission denied\n"),
            std::string::npos)
      << swept.err;
  EXPECT_EQ(Json::parse(swept.out)["points"].size(), 9U);
  EXPECT_TRUE(Json::parse(swept.out).contains("not_saved"));
  EXPECT_TRUE(std::filesystem::exists(csv));
  EXPECT_FALSE(readRun(path).curve);
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
  EXPECT_EQ(Json::parse(first.out)["done"], 2 * 10 + 4) << "ten random masks";
  const Outcome more = run(command + "random,pass,magnitude");
  ASSERT_EQ(more.status, 0) << more.err;
  EXPECT_EQ(Json::parse(more.out)["done"], 2 * 10 + 4 + 4);
  EXPECT_EQ(Json::parse(more.out)["rows"].size(), 6U);
  EXPECT_EQ(Json::parse(more.out)["unit"], "head");
  const Json orders = Json::parse(more.out)["rank_agreement"];
  ASSERT_EQ(orders.size(), 2U) << "two post-hoc methods at two K; one trained method alone";
  EXPECT_EQ(orders[0]["first"], "magnitude");
  EXPECT_EQ(orders[0]["second"], "random");
  EXPECT_LE(std::abs(orders[0]["kendall_tau"].get<double>()), 1);
  EXPECT_TRUE(std::filesystem::exists(campaign + "/compare.csv"));
  EXPECT_TRUE(std::filesystem::exists(campaign + "/compare-summary.csv"));
  EXPECT_TRUE(std::filesystem::exists(campaign + "/compare.html"));
}

TEST_F(CommandLine, compareTakesTheOptionsOfScores) {
  const std::string command = "compare " + model + " --data " + data + " --dev " + data +
                              " --keep 2 --seeds 1 --examples 20 --methods taylor,taylor+normalise --json --out ";
  const Outcome plain = run(command + folder.file("plain"));
  ASSERT_EQ(plain.status, 0) << plain.err;
  EXPECT_EQ(Json::parse(plain.out)["rows"].size(), 2U);
  EXPECT_EQ(Json::parse(plain.out)["rows"][1]["method"], "taylor+normalise");
  const Outcome token = run(command + folder.file("token") + " --absolute token --gradient-steps 2");
  ASSERT_EQ(token.status, 0) << token.err;
  EXPECT_EQ(Json::parse(token.out)["done"], 2);
  const Outcome mixed = run(command + folder.file("plain") + " --absolute token");
  EXPECT_EQ(mixed.status, 1);
  EXPECT_NE(mixed.err.find("another campaign"), std::string::npos) << mixed.err;
  const Outcome groups = run(command + folder.file("groups") + " --unit group");
  EXPECT_EQ(groups.status, 1);
  EXPECT_EQ(lines(groups.err), 1) << groups.err;
  EXPECT_NE(groups.err.find("--unit"), std::string::npos) << groups.err;
  const Outcome none = run("compare " + model);
  EXPECT_EQ(none.status, 2);
  EXPECT_NE(none.err.find("--methods: found none"), std::string::npos) << none.err;
}

TEST_F(CommandLine, compareNamesWhatFailedAndWhatFlatters) {
  const std::string command = "compare " + model + " --data " + data + " --dev " + data +
                              " --keep 6 --seeds 1 --steps 2 --batch 4 --examples 20 --out ";
  const Outcome some = run(command + folder.file("some") + " --methods magnitude,lottery+bad");
  ASSERT_EQ(some.status, 0) << some.err;
  EXPECT_NE(some.out.find("failed: lottery+bad-joint-k6-s1: lottery+bad: keep: found 6"), std::string::npos)
      << some.out;
  EXPECT_NE(some.out.find("(one seed)"), std::string::npos) << some.out;
  EXPECT_NE(some.out.find("--data and --dev are the same"), std::string::npos) << some.out;
  const Outcome none = run(command + folder.file("none") + " --methods lottery+bad");
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(lines(none.err), 1) << none.err;
  EXPECT_NE(none.err.find("every cell failed"), std::string::npos) << none.err;
  const Outcome wrong = run(command + folder.file("wrong") + " --methods magnitude --absolute nonsense");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_FALSE(std::filesystem::exists(folder.file("wrong"))) << "refused before anything is made";
}

TEST_F(CommandLine, compareChoosesOnDevAndReportsOnTest) {
  const std::string dev = folder.write("dev.tsv", "sentence\tlabel\nthe film was not bad\t1\nbad\t0\n"),
                    test = folder.write("test.tsv", "sentence\tlabel\nthe film was bad\t0\ngood\t1\nnot good\t0\n");
  const std::string command = "compare " + model + " --data " + data + " --dev " + dev +
                              " --keep 2 --seeds 1 --examples 20 --methods taylor,leave-one-out";
  const Outcome three = run(command + " --test " + test + " --json --out " + folder.file("three"));
  ASSERT_EQ(three.status, 0) << three.err;
  const Json json = Json::parse(three.out);
  EXPECT_EQ(json["done"], 2);
  EXPECT_EQ(json["data"], (Json{{"judged", data}, {"chosen", dev}, {"reported", test}}));
  EXPECT_EQ(json["test_was_seen"], false);
  EXPECT_FALSE(json.contains("dev_is_training"));
  EXPECT_NE(readTextFile(folder.file("three/compare.html")).find(", 3 examples. "), std::string::npos);
  const Outcome text = run(command + " --test " + test + " --out " + folder.file("three"));
  EXPECT_NE(text.out.find("heads judged on " + data + ", choices made on " + dev + ", reported on " + test + "\n"),
            std::string::npos)
      << text.out;
  EXPECT_EQ(text.out.find("flatters"), std::string::npos) << text.out;
  const Outcome seen = run(command + " --test " + dev + " --out " + folder.file("seen"));
  EXPECT_NE(seen.out.find("--test holds the same data as --data or --dev"), std::string::npos) << seen.out;
  const Outcome two = run(command + " --json --out " + folder.file("two"));
  ASSERT_EQ(two.status, 0) << two.err;
  EXPECT_EQ(Json::parse(two.out)["dev_is_training"], false);
  EXPECT_FALSE(Json::parse(two.out).contains("data"));
  const Outcome mixed = run(command + " --test " + test + " --out " + folder.file("two"));
  EXPECT_EQ(mixed.status, 1);
  EXPECT_NE(mixed.err.find("another campaign"), std::string::npos) << mixed.err;
  const Outcome missing = run(command + " --test " + folder.file("nowhere.tsv") + " --out " + folder.file("none"));
  EXPECT_EQ(missing.status, 1);
  EXPECT_EQ(lines(missing.err), 1) << missing.err;
  EXPECT_NE(missing.err.find("nowhere.tsv"), std::string::npos) << missing.err;
  EXPECT_FALSE(std::filesystem::exists(folder.file("none"))) << "refused before anything is made";
}

TEST_F(CommandLine, finishedRunsAreComparedSideBySide) {
  const std::string a = folder.file("a.h5"), b = folder.file("b.h5"), out = folder.file("side");
  ASSERT_EQ(run(trainCommand("--method pass --keep 3 --steps 4 --run " + a)).status, 0);
  ASSERT_EQ(run(trainCommand("--method pass --keep 5 --steps 4 --run " + b)).status, 0);
  ASSERT_EQ(run("sweep " + a).status, 0);
  ASSERT_EQ(run("sweep " + b).status, 0);
  const Outcome compared = run("compare " + a + " " + b + " --out " + out + " --json");
  ASSERT_EQ(compared.status, 0) << compared.err;
  const Json json = Json::parse(compared.out);
  ASSERT_EQ(json["runs"].size(), 2U);
  EXPECT_EQ(json["runs"][0]["keep"], 3);
  EXPECT_EQ(json["runs"][1]["units"], 8);
  EXPECT_TRUE(json["runs"][0]["to_first"].is_null());
  EXPECT_LE(json["runs"][1]["to_first"]["low"].get<double>(), json["runs"][1]["to_first"]["high"].get<double>());
  EXPECT_EQ(json["overlaps"].size(), 1U);
  EXPECT_FALSE(json.contains("unpaired"));
  EXPECT_TRUE(std::filesystem::exists(out + "/runs.csv"));
  EXPECT_TRUE(std::filesystem::exists(out + "/runs.html"));
  const Outcome text = run("compare " + a + " " + b);
  EXPECT_NE(text.out.find("K = 5 of 8 heads"), std::string::npos) << text.out;
  const Outcome one = run("compare " + a);
  EXPECT_EQ(one.status, 1);
  EXPECT_EQ(lines(one.err), 1) << one.err;
  EXPECT_NE(one.err.find("expected two or more side by side"), std::string::npos);
  const Outcome tested = run("compare " + a + " " + b + " --test " + out);
  EXPECT_NE(tested.status, 0);
  EXPECT_NE(tested.err.find("--test: found it with run files"), std::string::npos) << tested.err;
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

TEST_F(CommandLine, latencyOfARunIsKeptInItPlottedAndTakenWhereAskedFor) {
  const std::string path = folder.file("run.h5"),
                    plot = "plot " + path + " --plot latency --out " + folder.file("a.svg");
  ASSERT_EQ(run(trainCommand("--keep 3 --steps 4 --run " + path)).status, 0);
  const std::string propose =
      "propose " + path + " --at-most-ms 1000 --stored-latency --threads 1 --even-if-busy --json";
  const Outcome none = run(propose + " --batch 2 --length 8");
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.err.find("found no latency table"), std::string::npos) << none.err;
  EXPECT_NE(run(plot).err.find("measure it first"), std::string::npos);
  const std::string timing = "latency " + path + " --batch 2 --length 8 --seconds 0.3 --threads 1 --even-if-busy";
  const Outcome measured = run(timing + " --json");
  ASSERT_EQ(measured.status, 0) << measured.err;
  EXPECT_EQ(Json::parse(measured.out)["kept_in_run"], true);
  const std::vector<LatencyTable> tables = readRun(path).latencies;
  ASSERT_EQ(tables.size(), 1);
  const LatencyTable& table = tables.front();
  EXPECT_EQ(table.settings.batch, 2);
  EXPECT_EQ(table.threads, 1);
  EXPECT_EQ(table.blocks.front().ms, Json::parse(measured.out)["table"][0]["ms"].get<std::vector<double>>());
  EXPECT_EQ(run(plot).status, 0);
  const Outcome taken = run(propose + " --batch 2 --length 8");
  ASSERT_EQ(taken.status, 0) << taken.err;
  EXPECT_EQ(Json::parse(taken.out)["measured"], table.measured);
  const Outcome other = run(propose + " --batch 4 --length 8");
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.err.find("found times at batch 2 x 8"), std::string::npos) << other.err;
  const RunLock elsewhere(path);
  const Outcome lost = run(timing);
  EXPECT_EQ(lost.status, 0) << lost.err;
  EXPECT_NE(lost.out.find("ms to keep a block"), std::string::npos) << lost.out;
  EXPECT_NE(lost.out.find("not kept in the run: " + path + ": run file is open in process"), std::string::npos)
      << lost.out;
  EXPECT_EQ(readRun(path).latencies, tables);
}

TEST_F(CommandLine, storedLatencyNeedsARun) {
  const std::string scores = folder.file("scores.json");
  const Outcome outcome =
      run("propose " + model + " --order " + scores + " --data " + data + " --at-most-ms 1000 --stored-latency");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("--stored-latency: found a model folder"), std::string::npos) << outcome.err;
}

TEST_F(CommandLine, aRunOfL0SaysHowItCameToK) {
  // Gates that start so low stay closed in two steps whatever lambda is: K = 0 is reached at once, K = 3 never.
  const std::string l0 = "--steps 2 --method l0 --search-lambda --gate-start=-20 --run ";
  const std::string reached = folder.file("reached.h5"), missed = folder.file("missed.h5");
  const Outcome found = run(trainCommand(l0 + reached + " --keep 0 --json"));
  ASSERT_EQ(found.status, 0) << found.err;
  EXPECT_EQ(Json::parse(found.out)["lambda_searched"], true);
  EXPECT_EQ(Json::parse(found.out)["lambda_search"]["trials"], 1);
  EXPECT_TRUE(readRun(reached).settings.lambdaSearched);
  const Outcome nearest = run(trainCommand(l0 + missed + " --keep 3"));
  ASSERT_EQ(nearest.status, 0) << nearest.err;
  EXPECT_NE(nearest.out.find("12 runs: 0 gates open; K was not reached"), std::string::npos) << nearest.out;
  EXPECT_NE(nearest.out.find("K reached by top K of log alpha"), std::string::npos) << nearest.out;
  EXPECT_FALSE(readRun(missed).settings.lambdaSearched);
  const Outcome again = run("train --json --resume " + reached);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["lambda_searched"], true);
}

TEST_F(CommandLine, optionsThatTheMethodWouldIgnoreAreRefused) {
  for (const std::string wrong : {"--method dsp --loss base", "--method pass --lambda 0.1", "--method none --reopen",
                                  "--method pass --search-lambda"}) {
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
