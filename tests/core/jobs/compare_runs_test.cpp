// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/compare_runs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/error.h"
#include "core/base/survivors.h"
#include "core/jobs/requests.h"
#include "core/report/runs_report.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

class ComparedRuns : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder.file(name + ".h5"); }

  /// A run of `model`; stopped after so many steps where `stopAt` is more than 0.
  void train(const std::string& name, const std::string& model, int keep, std::int64_t stopAt = 0) const {
    Workspace workspace({"cpu", "float32", 1});
    const ModelSummary summary = openModel(workspace, {model}, {});
    (void)openData(workspace, {toy.data, toy.data, {}, {}, 16, 0}, {});
    TrainRequest request;
    request.settings = recommendedSettings(summary, "pass");
    request.settings.keep = keep;
    request.settings.steps = 12;
    request.settings.batch = 8;
    request.settings.maxLength = 16;
    request.runPath = path(name);
    std::stop_source stop;
    JobContext context;
    context.stop = stop.get_token();
    TrainObserver observer;
    observer.point = [&](const TrainPoint& point) {
      if (stopAt > 0 && point.step >= stopAt) stop.request_stop();
    };
    if (stopAt > 0)
      EXPECT_THROW((void)trainGates(workspace, request, context, observer), Cancelled);
    else
      (void)trainGates(workspace, request, context, observer);
  }

  void sweep(const std::string& name) const {
    Workspace workspace({"cpu", "float32", 1});
    (void)openRun(workspace, path(name), {});
    (void)openData(workspace, {"", toy.data, {}, {}, 16, 0}, {});
    SweepRequest request;
    request.runPath = path(name);
    (void)sweepCurve(workspace, request, {});
  }

  [[nodiscard]] std::string refusal(const std::vector<std::string>& paths) const {
    return test::messageOf<Error>([&] { (void)compareRuns(paths); });
  }

  test::TemporaryFolder folder;
  test::ToyClassifier toy{folder};
};

TEST_F(ComparedRuns, haveTheDifferenceOfTheSameExamplesOnceTheyWereSwept) {
  train("three", toy.model, 3);
  train("six", toy.model, 6);
  const RunComparison before = compareRuns({path("three"), path("six")});
  EXPECT_FALSE(before.runs[1].toFirst);
  EXPECT_NE(before.unpaired.find("was not swept"), std::string::npos) << before.unpaired;
  sweep("three");
  sweep("six");
  const RunComparison found = compareRuns({path("three"), path("six")});
  ASSERT_EQ(found.runs.size(), 2U);
  const TrainReport &three = found.runs[0].report, &six = found.runs[1].report;
  EXPECT_EQ(found.runs[1].units, 12);
  EXPECT_EQ(six.settings.keep, 6);
  EXPECT_FALSE(found.runs[0].toFirst) << "it is the first";
  EXPECT_EQ(found.unpaired, "");
  ASSERT_TRUE(found.runs[1].toFirst);
  EXPECT_NEAR(found.runs[1].toFirst->value,
              readRun(path("six")).curve->at(6)->metric.value - readRun(path("three")).curve->at(3)->metric.value,
              1e-9);
  ASSERT_EQ(found.overlaps.size(), 1U);
  EXPECT_EQ(found.overlaps[0].jaccard, jaccard(three.mask, six.mask));
  EXPECT_EQ(found.overlaps[0].chance, chanceJaccard(3, 6, 12));
}

TEST_F(ComparedRuns, areATableAndAPage) {
  train("a", toy.model, 3);
  train("b", toy.model, 6);
  const RunComparison found = compareRuns({path("a"), path("b")});
  const std::string csv = runsCsv(found);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3);
  const auto fields = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  for (size_t at = 0, end = csv.find('\n'); end != std::string::npos; at = end + 1, end = csv.find('\n', at))
    EXPECT_EQ(fields(csv.substr(at, end - at)), fields(csv.substr(0, csv.find('\n')))) << csv.substr(at, end - at);
  const std::string page = runsReportHtml(found);
  for (const char* wanted : {"3 of 12 heads", "6 of 12 heads", "<svg", "by chance", "was not swept"})
    EXPECT_NE(page.find(wanted), std::string::npos) << wanted;
}

TEST_F(ComparedRuns, mustBeFinishedOfOneLayoutAndMoreThanOne) {
  train("whole", toy.model, 3);
  EXPECT_NE(refusal({path("whole")}).find("expected two or more"), std::string::npos);
  train("stopped", toy.model, 3, 4);
  const std::string stopped = refusal({path("whole"), path("stopped")});
  EXPECT_NE(stopped.find("stopped.h5: found a run that is stopped, expected a finished one"), std::string::npos)
      << stopped;
  InitRequest init;
  init.model.layers = 2;
  init.model.heads = 4;
  init.model.hidden = 32;
  init.model.intermediate = 64;
  init.vocabularyPath = folder.file("vocab.txt");
  init.outPath = folder.file("smaller");
  (void)initModel(init);
  train("small", init.outPath, 3);
  const std::string other = refusal({path("whole"), path("small")});
  EXPECT_NE(other.find("(8 heads in 2 blocks) than those of " + path("whole") + " (12 heads in 3 blocks)"),
            std::string::npos)
      << other;
}

}  // namespace
}  // namespace headroom
