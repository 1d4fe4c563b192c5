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

}  // namespace
}  // namespace headroom
