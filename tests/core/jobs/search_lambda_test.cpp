// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/search_lambda.h"

#include <gtest/gtest.h>

#include <algorithm>

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
