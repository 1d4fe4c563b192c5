// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/comparison.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/base/survivors.h"
#include "core/report/comparison_report.h"

namespace headroom {
namespace {

HeadLayout layout() {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < 3; ++layer) blocks.push_back({{Stack::Encoder, AttentionKind::Self, layer}, 4, 4});
  return HeadLayout(blocks);
}

CompareCell doneCell(const std::string& method, int keep, std::uint64_t seed, double value) {
  CompareCell cell;
  cell.method = method;
  cell.keep = keep;
  cell.seed = seed;
  cell.done = true;
  cell.mask = keepRandom(layout(), keep, seed);
  cell.metric.value = value;
  cell.costs.seconds = 2;
  return cell;
}

TEST(SeedMean, hasStudentsInterval) {
  const SeedMean three = seedMean({1, 2, 3});
  EXPECT_DOUBLE_EQ(three.mean, 2);
  EXPECT_NEAR(three.high - three.mean, 4.303 / std::sqrt(3.0), 1e-3);
  EXPECT_EQ(seedMean({0.5}).low, 0.5);
  EXPECT_EQ(seedMean({}).seeds, 0);
}

TEST(Comparison, intervalsOfSharesStayWithinTheirBounds) {
  Comparison comparison;
  comparison.layout = layout();
  comparison.metricName = "next-token accuracy";
  comparison.cells = {doneCell("taylor", 4, 1, 0.8), doneCell("taylor", 4, 2, 0.9)};
  EXPECT_EQ(summarise(comparison).front().metric.high, 1);  // Student's would be 1.49
  EXPECT_NEAR(summarise(comparison).front().metric.low, 0.215, 1e-3);
  comparison.metricName = "perplexity";
  EXPECT_GT(summarise(comparison).front().metric.high, 1.4);
}

TEST(SeedMean, knowsTheRangeItIsOver) {
  EXPECT_EQ(seedMean({2, 1, 3}).least, 1);
  EXPECT_EQ(seedMean({2, 1, 3}).most, 3);
  EXPECT_EQ(seedMean({0.5}).most, 0.5);
}

TEST(Jaccard, byChanceKnowsChoicesOfDifferentSizes) {
  EXPECT_NEAR(chanceJaccard(1, 2, 2), 0.5, 1e-12);   // the one is always among both
  EXPECT_NEAR(chanceJaccard(1, 2, 4), 0.25, 1e-12);  // one half of the time, and then 1 of 2
  EXPECT_EQ(chanceJaccard(0, 3, 5), 0);
  EXPECT_EQ(chanceJaccard(0, 0, 5), 1);
  EXPECT_NEAR(chanceJaccard(3, 5, 9), chanceJaccard(5, 3, 9), 1e-12);
  EXPECT_EQ(chanceJaccard(3, 9), chanceJaccard(3, 3, 9));
}

TEST(Comparison, countsGroupsWhereTheseAreChosen) {
  std::vector<AttentionBlock> blocks;
  for (int layer = 0; layer < 2; ++layer) blocks.push_back({{Stack::Decoder, AttentionKind::Self, layer}, 4, 2});
  Comparison comparison;
  comparison.layout = HeadLayout(blocks);
  comparison.unit = "group";
  comparison.metricName = "accuracy";
  CompareCell cell;
  cell.method = "random";
  cell.keep = 1;
  cell.done = true;
  cell.mask = HeadMask(comparison.layout, false);
  cell.mask.set(0, true);
  cell.mask.set(1, true);
  cell.metric.value = 0.75;
  comparison.cells = {cell};
  EXPECT_EQ(comparison.unitCount(), 4);
  EXPECT_EQ(summarise(comparison).front().chance, chanceJaccard(1, 4));
  EXPECT_EQ(seedsText(summarise(comparison).front()), "1 mask");
  EXPECT_NE(comparisonCsv(comparison).find("random,post-hoc,1,2,1,done,"), std::string::npos);
  const std::string summary = summaryCsv(comparison);
  EXPECT_EQ(summary.rfind("method,regime,groups kept,seeds or masks,", 0), 0U);
  EXPECT_NE(summary.find("\nrandom,post-hoc,1,1,0,0.75,,,0.75,0.75,1,"), std::string::npos) << summary;
}

TEST(Comparison, summarisesSeedsByMethodAndK) {
  Comparison comparison;
  comparison.layout = layout();
  comparison.metricName = "accuracy";
  comparison.full.value = 0.95;
  comparison.cells = {doneCell("taylor", 4, 1, 0.8), doneCell("taylor", 4, 2, 0.9), doneCell("random", 4, 1, 0.5),
                      doneCell("taylor", 8, 1, 0.9)};
  comparison.cells.push_back({});
  comparison.cells.back().method = "taylor";
  comparison.cells.back().keep = 8;
  comparison.cells.back().error = "no <room>";
  const std::vector<CompareRow> rows = summarise(comparison);
  ASSERT_EQ(rows.size(), 3U);
  const auto row =
      std::find_if(rows.begin(), rows.end(), [](const CompareRow& r) { return r.method == "taylor" && r.keep == 4; });
  EXPECT_DOUBLE_EQ(row->metric.mean, 0.85);
  EXPECT_EQ(row->metric.seeds, 2);
  EXPECT_DOUBLE_EQ(row->overlap, jaccard(comparison.cells[0].mask, comparison.cells[1].mask));
  EXPECT_EQ(rows.back().failed, 1);
  const std::string csv = comparisonCsv(comparison);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 6);
  EXPECT_NE(csv.find("\"no <room>\""), std::string::npos);
  EXPECT_EQ(seedsText(*row), "2 seeds");
  EXPECT_NE(csv.find(",failed,"), std::string::npos);
  const auto fields = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
  const std::string summary = summaryCsv(comparison);
  EXPECT_EQ(fields(summary), 4 * fields(summary.substr(0, summary.find('\n')))) << summary;
  // Every line has as many fields as the header.
  for (size_t at = 0, end = csv.find('\n'); end != std::string::npos; at = end + 1, end = csv.find('\n', at))
    EXPECT_EQ(fields(csv.substr(at, end - at)), fields(csv.substr(0, csv.find('\n'))));
  const std::string page = comparisonReportHtml(comparison, "A & B");
  EXPECT_NE(page.find("no &lt;room&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<room>"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  for (const char* figure :
       {"against cost", "Overlap of survivors, post-hoc, 4 heads kept", "Survivors by depth", "8 kept"})
    EXPECT_NE(page.find(figure), std::string::npos) << figure;
}

TEST(Comparison, oneSeedHasNoInterval) {
  Comparison comparison;
  comparison.layout = layout();
  comparison.metricName = "accuracy";
  comparison.cells = {doneCell("taylor", 4, 1, 0.75)};
  comparison.cells.front().trainSteps = 7;
  comparison.cells.front().costs.peakBytes = 3e6;
  const CompareRow one = summarise(comparison).front();
  EXPECT_EQ(meanText(one, "accuracy"), "75.0 % (one seed)");
  EXPECT_EQ(meanText(one, "perplexity"), "0.750 (one seed)");
  EXPECT_EQ(meanText({}, "accuracy"), "-");
  EXPECT_EQ(one.trainSteps, 7);
  EXPECT_EQ(one.peakBytes, 3e6);
  const std::string page = comparisonReportHtml(comparison, "t");
  EXPECT_EQ(page.find("(75.0 to 75.0)"), std::string::npos);
  comparison.cells.push_back(doneCell("taylor", 4, 2, 0.85));
  EXPECT_EQ(meanText(summarise(comparison).front(), "accuracy"), "80.0 % (16.5 to 100.0)");
}

TEST(Comparison, saysWhetherHeadsWereChosenOnWhatIsReported) {
  Comparison comparison;
  comparison.layout = layout();
  comparison.metricName = "accuracy";
  comparison.cells = {doneCell("taylor", 4, 1, 0.75)};
  EXPECT_NE(comparisonReportHtml(comparison, "t").find("they have not seen"), std::string::npos);
  comparison.seenData = true;
  const std::string page = comparisonReportHtml(comparison, "t");
  EXPECT_EQ(page.find("they have not seen"), std::string::npos);
  EXPECT_NE(page.find("flatters every method"), std::string::npos);
}

}  // namespace
}  // namespace headroom
