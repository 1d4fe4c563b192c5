// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/comparison_report.h"

#include <gtest/gtest.h>

namespace headroom {
namespace {

CompareCell doneCell(const HeadLayout& layout, const std::string& method) {
  CompareCell cell;
  cell.method = method;
  cell.regime = Regime::Joint;
  cell.keep = 2;
  cell.done = true;
  cell.mask = keepRandom(layout, 2, 1);
  cell.metric = {"accuracy", 0.75, 0.7, 0.8, 40};
  return cell;
}

Comparison comparisonOf(const std::vector<std::string>& methods) {
  Comparison comparison;
  comparison.layout =
      HeadLayout({{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2}, {{Stack::Encoder, AttentionKind::Self, 1}, 2, 2}});
  comparison.metricName = "accuracy";
  comparison.full = {"accuracy", 0.8, 0.75, 0.85, 40};
  for (const std::string& method : methods) comparison.cells.push_back(doneCell(comparison.layout, method));
  return comparison;
}

/// Pitfall: layouts like PASSCONC's are out of reach for methods that are bound to a share of every layer.
TEST(ComparisonReport, saysWhichMethodsAreBoundInWhatTheyLeaveInEveryLayer) {
  const std::string bound = comparisonReportHtml(comparisonOf({"passconc", "wdpruning+reopen", "ebert"}), "t");
  EXPECT_NE(bound.find("Not every method may leave any number of heads in any layer"), std::string::npos);
  EXPECT_NE(bound.find("wdpruning+reopen leaves at least one head"), std::string::npos);
  EXPECT_NE(bound.find("ebert is trained to keep the same share"), std::string::npos);
  EXPECT_EQ(comparisonReportHtml(comparisonOf({"passconc", "l0"}), "t").find("Not every method"), std::string::npos);
}

TEST(ComparisonReport, saysWhichDataWereForWhatWhereThereAreThree) {
  Comparison comparison = comparisonOf({"greedy"});
  const std::string two = comparisonReportHtml(comparison, "t");
  EXPECT_EQ(two.find("choices made on"), std::string::npos);
  EXPECT_NE(two.find("how far other dev data would"), std::string::npos);
  comparison.roles = DataRoles{"a.tsv", "b.tsv", "c.tsv"};
  const std::string three = comparisonReportHtml(comparison, "t");
  EXPECT_NE(three.find("heads judged on a.tsv, choices made on b.tsv, reported on c.tsv"), std::string::npos);
  EXPECT_NE(three.find("no method has seen"), std::string::npos);
  EXPECT_EQ(three.find("they have not seen"), std::string::npos) << "what is said of two";
  EXPECT_NE(three.find("how far other test data would"), std::string::npos);
  comparison.seenData = true;
  const std::string seen = comparisonReportHtml(comparison, "t");
  EXPECT_NE(seen.find("flatters every method"), std::string::npos);
  EXPECT_EQ(seen.find("no method has seen"), std::string::npos);
}

TEST(ComparisonReport, hasNoChartOfARegimeOfWhichNothingIsDone) {
  Comparison comparison = comparisonOf({"pass"});
  EXPECT_EQ(comparisonCharts(comparison).count("joint-scores"), 1);
  comparison.cells.front().done = false;
  EXPECT_EQ(comparisonCharts(comparison).count("joint-scores"), 0);
  EXPECT_EQ(comparisonReportHtml(comparison, "t").find("shaded"), std::string::npos);
}

TEST(ComparisonReport, saysHowL0CameToK) {
  Comparison comparison = comparisonOf({"l0+reopen", "pass"});
  EXPECT_NE(comparisonReportHtml(comparison, "t").find("l0 comes to K by the top of log alpha"), std::string::npos);
  comparison.searchedLambda = true;
  EXPECT_NE(comparisonReportHtml(comparison, "t").find("l0 comes to K by bisection on lambda"), std::string::npos);
  EXPECT_EQ(comparisonReportHtml(comparisonOf({"pass"}), "t").find("l0 comes to K"), std::string::npos);
}

}  // namespace
}  // namespace headroom
