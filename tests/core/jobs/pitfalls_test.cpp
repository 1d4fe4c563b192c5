// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons that would flatter a method.
#include <gtest/gtest.h>

#include <set>

#include "core/jobs/compare_methods.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

TEST(Pitfalls, randomMasksAreRecoveredLikeAnyMethodsOverAsManySeeds) {
  test::OpenToyClassifier toy;
  CompareRequest request;
  request.methods = {"random", "taylor"};
  request.keeps = {6};
  request.seeds = {1, 2, 3};
  request.steps = 4;
  request.batch = 8;
  request.examples = 32;
  request.recover = true;
  request.outPath = toy.folder.file("campaign");
  const Comparison found = compareMethods(toy.workspace, request, {});
  std::set<std::string> randomMasks;
  int recovered = 0;
  for (const CompareCell& cell : found.cells) {
    ASSERT_TRUE(cell.done) << cell.error;
    if (cell.method == "random") randomMasks.insert(cell.mask.hash());
    if (cell.regime != Regime::Recovered) continue;
    ++recovered;
    EXPECT_EQ(cell.trainSteps, 4) << cell.name();
  }
  EXPECT_EQ(recovered, 6) << "three seeds of both";
  EXPECT_GT(randomMasks.size(), 1U) << "every seed has its own";
  int rows = 0;
  for (const CompareRow& row : summarise(found)) {
    if (row.regime != Regime::Recovered) continue;
    ++rows;
    EXPECT_EQ(row.metric.seeds, 3) << row.method;
    EXPECT_LE(row.metric.low, row.metric.mean);
    EXPECT_GE(row.metric.high, row.metric.mean);
    if (row.method == "random") {
      EXPECT_LT(row.overlap, 1) << "how unstable choices are over the seeds stands beside";
    }
    EXPECT_GT(row.chance, 0);
  }
  EXPECT_EQ(rows, 2);
}

}  // namespace
}  // namespace headroom
