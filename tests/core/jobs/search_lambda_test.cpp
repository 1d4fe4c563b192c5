// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/search_lambda.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stop_token>

#include "core/base/error.h"
#include "core/store/run_file.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

TrainSettings l0Settings(int keep) {
  TrainSettings settings;
  settings.method = "l0";
  settings.keep = keep;
  settings.steps = 120;
  settings.batch = 16;
  settings.lr = 1e-3;
  settings.seed = 5;
  settings.reopen = false;
  settings.gateStart = 2;
  return settings;
}

TEST(SearchLambda, leavesNoMoreGatesOpenTheLargerLambdaIs) {
  test::OpenToyClassifier toy;
  int before = 12;
  for (const double lambda : {0.0001, 0.003, 0.01, 0.03, 1.0}) {
    TrainSettings settings = l0Settings(0);
    settings.lambda = lambda;
    int open = -1;
    (void)searchLambda(toy.workspace, settings, 1, {}, [&](double, int found) { open = found; });
    EXPECT_LE(open, before) << lambda;
    before = open;
  }
  EXPECT_EQ(before, 0);
}

TEST(SearchLambda, endsAtKAndTheRunWithItDoesSo) {
  test::OpenToyClassifier toy;
  TrainSettings settings = l0Settings(4);
  const LambdaSearch found = searchLambda(toy.workspace, settings, 20, {});
  ASSERT_TRUE(found.reached) << found.open << " open with " << found.lambda;
  EXPECT_EQ(found.open, 4);
  EXPECT_EQ(found.steps, 120 * found.trials);
  settings.lambda = found.lambda;
  const TrainReport report = trainGates(toy.workspace, {settings, toy.folder.file("run.h5")}, {}, {});
  const RunSnapshot run = readRun(report.runPath);
  const std::vector<float>& last = run.points.back().logAlpha;
  EXPECT_EQ(std::count_if(last.begin(), last.end(), [](float phi) { return phi > 0; }), 4);
  EXPECT_EQ(report.mask.keptCount(), 4);
}

TrainRequest searchingFor(int keep, const std::string& runPath) {
  TrainRequest request;
  request.settings = l0Settings(keep);
  request.settings.steps = 4;
  request.settings.lambdaSearched = true;
  request.runPath = runPath;
  return request;
}

TEST(SettleLambda, givesTheRunTheLambdaOfItsKAndSaysSo) {
  test::OpenToyClassifier toy;
  TrainRequest request = searchingFor(4, toy.folder.file("run.h5"));
  request.settings.steps = 120;
  const LambdaSearch known = searchLambda(toy.workspace, request.settings, 20, {});
  ASSERT_TRUE(known.reached);
  request.settings.lambda = known.lambda;  // where it begins to look
  const std::optional<LambdaSearch> found = settleLambda(toy.workspace, request, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->trials, 1);
  EXPECT_EQ(request.settings.lambda, known.lambda);
  EXPECT_TRUE(request.settings.lambdaSearched);
  EXPECT_EQ(request.warning, "");
}

TEST(SettleLambda, takesTheNearestWhereNoneReachesKAndTheRunSaysSo) {
  test::OpenToyClassifier toy;
  TrainRequest request = searchingFor(4, toy.folder.file("run.h5"));
  request.settings.gateStart = -20;  // far below what four steps can open
  std::vector<std::string> details;
  JobContext context;
  context.progress = [&](const Progress& progress) { details.push_back(progress.detail); };
  const std::optional<LambdaSearch> found = settleLambda(toy.workspace, request, context);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->reached);
  EXPECT_EQ(found->open, 0);
  EXPECT_EQ(found->trials, kMostLambdaTrials);
  EXPECT_EQ(request.settings.lambda, TrainSettings{}.lambda) << "all are as near: the first";
  EXPECT_FALSE(request.settings.lambdaSearched);
  ASSERT_EQ(details.size(), static_cast<size_t>(4 * kMostLambdaTrials));
  EXPECT_EQ(details.front(), "run 1 of at most 12");
  EXPECT_EQ(details[4], "run 2 of at most 12, 0 gates open at 0.05");
  const TrainReport report = trainGates(toy.workspace, request, {}, {});
  EXPECT_EQ(report.mask.keptCount(), 4);
  const RunSnapshot run = readRun(report.runPath);
  EXPECT_FALSE(run.settings.lambdaSearched);
  ASSERT_FALSE(run.events.empty());
  EXPECT_EQ(run.events.front().kind, TrainEventKind::Warning);
  EXPECT_NE(run.events.front().text.find("K was not reached"), std::string::npos) << run.events.front().text;
}

/// A search that its test stops.
struct StoppedSearch : testing::Test {
  StoppedSearch() { context.stop = stop.get_token(); }
  test::OpenToyClassifier toy;
  TrainRequest request = searchingFor(4, toy.folder.file("run.h5"));
  std::stop_source stop;
  JobContext context;
};

TEST_F(StoppedSearch, leavesNoRun) {
  context.progress = [&](const Progress&) { stop.request_stop(); };
  EXPECT_THROW((void)settleLambda(toy.workspace, request, context), Cancelled);
  EXPECT_FALSE(std::filesystem::exists(request.runPath));
}

TEST_F(StoppedSearch, waitsWhileTheRunIsPaused) {
  int steps = 0, asked = 0;
  context.progress = [&](const Progress&) { ++steps; };
  const auto paused = [&] {
    if (++asked == 5) stop.request_stop();
    return true;
  };
  EXPECT_THROW((void)settleLambda(toy.workspace, request, context, paused), Cancelled);
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(asked, 5);
}

TEST(SettleLambda, searchesForNewRunsOfL0Alone) {
  test::OpenToyClassifier toy;
  JobContext context;
  context.progress = [](const Progress& progress) { ADD_FAILURE() << progress.task; };
  TrainRequest request = searchingFor(4, toy.folder.file("run.h5"));
  request.resume = true;
  EXPECT_FALSE(settleLambda(toy.workspace, request, context));
  request = searchingFor(4, toy.folder.file("run.h5"));
  request.settings.lambdaSearched = false;
  EXPECT_FALSE(settleLambda(toy.workspace, request, context));
  request = searchingFor(4, toy.folder.file("run.h5"));
  request.settings.method = "pass";
  EXPECT_FALSE(settleLambda(toy.workspace, request, context));
  EXPECT_FALSE(request.settings.lambdaSearched) << "its run would say what is not so";
}

TEST(SearchLambda, isKeptAsItWasFound) {
  const LambdaSearch found{0.0123456789012345, 5, true, 3, 360, 1.5};
  const LambdaSearch read = lambdaFromJson(toJson(found), "x.json");
  EXPECT_EQ(read.lambda, found.lambda);
  EXPECT_EQ(read.open, 5);
  EXPECT_TRUE(read.reached);
  EXPECT_EQ(read.trials, 3);
  EXPECT_EQ(read.steps, 360);
  EXPECT_EQ(read.seconds, 1.5);
  for (const char* text : {"", "[]", "{}", R"({"format": "headroom-lambda/2"})", R"({"format": "headroom-lambda/1"})"})
    EXPECT_EQ(test::messageOf<Error>([&] { (void)lambdaFromJson(text, "x.json"); }).find("x.json: "), 0U) << text;
}

TEST(SearchLambda, refusesSettingsBeforeItTries) {
  test::OpenToyClassifier toy;
  TrainSettings settings = l0Settings(4);
  settings.batch = 0;
  EXPECT_THROW((void)searchLambda(toy.workspace, settings, 20, {}), Error);
}

TEST(SearchLambda, saysTheNearestWhenTrialsRunOut) {
  test::OpenToyClassifier toy;
  TrainSettings settings = l0Settings(6);
  settings.lambda = 100;  // closes all at once
  const LambdaSearch found = searchLambda(toy.workspace, settings, 1, {});
  EXPECT_FALSE(found.reached);
  EXPECT_EQ(found.open, 0);
  EXPECT_EQ(found.lambda, 100);
}

}  // namespace
}  // namespace headroom
