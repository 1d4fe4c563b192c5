// SPDX-License-Identifier: GPL-3.0-or-later
// McCarley's comparison: gates alone are trained, beside the gain (Taylor) and random heads, all under frozen weights.
#include <gtest/gtest.h>

#include "core/base/files.h"
#include "core/jobs/compare_methods.h"
#include "tests/core/jobs/toy_classifier.h"

namespace headroom {
namespace {

TEST(FrozenGates, standBesideGainAndRandomHeadsWithKHeadsEach) {
  test::OpenToyClassifier toy;
  CompareRequest request;
  request.methods = {"random", "taylor", "l0"};
  request.keeps = {3};
  request.seeds = {1};
  request.steps = 20;
  request.batch = 8;
  request.examples = 32;
  request.frozen = true;
  request.outPath = toy.folder.file("campaign");
  const Comparison found = compareMethods(toy.workspace, request, {});
  for (const std::string& method : request.methods) {
    bool there = false;
    for (const CompareCell& cell : found.cells) {
      if (cell.method != method || cell.regime != Regime::PostHoc) continue;
      there = true;
      EXPECT_EQ(cell.error, "") << cell.name();
      EXPECT_EQ(cell.mask.keptCount(), 3) << cell.name();
      // The weights are as they were opened: the mask alone gives the score.
      EXPECT_EQ(evaluateMask(toy.workspace, {cell.mask, true}, {}).metric, cell.metric) << cell.name();
    }
    EXPECT_TRUE(there) << method;
    EXPECT_NE(readTextFile(toy.folder.file("campaign/compare.html")).find(method), std::string::npos);
  }
}

}  // namespace
}  // namespace headroom
