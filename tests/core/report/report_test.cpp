// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/report/run_report.h"
#include "core/report/svg_chart.h"
#include "core/report/svg_head_map.h"
#include "core/report/svg_survivors.h"

namespace headroom {
namespace {

/// Every element that is opened is closed, in order.
bool isBalanced(const std::string& markup) {
  std::vector<std::string> open;
  for (size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
    const size_t end = markup.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = markup.substr(at + 1, end - at - 1);
    if (tag.starts_with("!") || tag.ends_with("/") || tag.starts_with("meta")) continue;
    const std::string name = tag.substr(tag.starts_with("/") ? 1 : 0, tag.find(' ') - (tag.starts_with("/") ? 1 : 0));
    if (!tag.starts_with("/")) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

RunSnapshot finishedRun() {
  RunSnapshot run;
  run.path = "run.h5";
  run.layout =
      HeadLayout({{{Stack::Encoder, AttentionKind::Self, 0}, 2, 2}, {{Stack::Encoder, AttentionKind::Self, 1}, 2, 2}});
  run.settings.method = "pass<conc>";
  run.settings.keep = 2;
  for (int step = 1; step <= 5; ++step) {
    TrainPoint point;
    point.step = step;
    point.taskLoss = 1.0 / step;
    point.pOpen = {1, 0, 0.5F, 1};
    point.logAlpha = {5, -5, 0, 5};
    run.points.push_back(point);
  }
  TrainReport report;
  report.mask = keepRandom(run.layout, 2, 1);
  report.exact = true;
  report.metric.value = report.fullMetric.value = 0.75;
  report.metric.examples = report.fullMetric.examples = 40;
  run.report = report;
  Curve curve;
  curve.layout = run.layout;
  curve.order = {0, 1, 2, 3};
  for (int kept = 0; kept <= 4; ++kept) {
    CurvePoint point;
    point.kept = kept;
    point.metric.value = 0.2 * kept;
    point.metric.low = 0.2 * kept - 0.05;
    point.metric.high = 0.2 * kept + 0.05;
    curve.points.push_back(point);
  }
  curve.full.value = 0.8;
  run.curve = curve;
  LatencyTable table;
  table.settings.batch = 4;
  table.settings.length = 16;
  table.device = "CPU, 2 threads";
  BlockCosts costs;
  costs.group = "encoder.self";
  costs.heads = {0, 1, 2};
  costs.ms = {0, 3.25, 4.5};  // 2 ms to keep a block, 1.25 ms a head
  costs.fit();
  table.blocks = {costs};
  table.rests = {{Stack::Encoder, 2, 0.25}};
  table.endsMs = 0.5;
  run.latencies = {table};
  return run;
}

TEST(SvgChart, logarithmicAxesWithinADecadeHaveTicksToo) {
  Chart chart{"t", "seconds", "%", {{"a", {{31, 90, 0, 0}, {38, 92, 0, 0}}}}};
  chart.logX = true;
  const std::string svg = svgChart(chart);
  EXPECT_NE(svg.find(">32<"), std::string::npos);
  EXPECT_NE(svg.find(">36<"), std::string::npos);
}

TEST(RunReport, isOnePageWithEverythingAndNothingThatIsFetched) {
  RunHeader header;
  header.modelSha256 = "abc123";
  header.family = "bert";
  const std::string page = runReportHtml(finishedRun(), header);
  EXPECT_TRUE(isBalanced(page));
  for (const char* wanted : {"2 of 4", "abc123", "75.0 %", "heads kept", "lambda_c", "<svg", "pass&lt;conc&gt;"})
    EXPECT_NE(page.find(wanted), std::string::npos) << wanted;
  for (const char* fetched : {"<script", "<link", "src=", "url("})
    EXPECT_EQ(page.find(fetched), std::string::npos) << fetched;
}

TEST(RunReport, saysWhatHeadsCostAndWhatTheMaskGains) {
  RunSnapshot run = finishedRun();
  run.report->mask = HeadMask(run.layout, false);  // one whole block is left: 4.5 of 9 ms, and 1 ms of all the rest
  run.report->mask.set(0, true);
  run.report->mask.set(1, true);
  const std::string page = runReportHtml(run, {});
  EXPECT_TRUE(isBalanced(page));
  for (const char* wanted :
       {"What heads cost here", "batch 4 x 16, CPU, 2 threads", "<td>2</td><td>1.25</td>",
        "10 ms a pass, 9 ms of it in attention", "2 heads of this run, predicted", "5.5 ms a pass, 4.5 ms of it",
        "1.818 times as fast", "<td>2 times as fast</td>", "encoder.self, fitted"})
    EXPECT_NE(page.find(wanted), std::string::npos) << wanted;
  EXPECT_EQ(page.find("not to be believed"), std::string::npos);
  run.latencies.front().busy = "machine too busy";
  EXPECT_NE(runReportHtml(run, {}).find("not to be believed: machine too busy"), std::string::npos);
  run.report->mask = HeadMask(run.layout, false);
  EXPECT_NE(runReportHtml(run, {}).find("none is left"), std::string::npos);
  run.latencies.clear();
  EXPECT_EQ(runReportHtml(run, {}).find("What heads cost"), std::string::npos);
}

TEST(RunReport, ofL0SaysHowItCameToKAndWithWhichLambda) {
  RunSnapshot run = finishedRun();
  EXPECT_EQ(runReportHtml(run, {}).find("K reached by"), std::string::npos) << "of no other method";
  run.settings.method = "l0";
  run.settings.lambda = 0.125;
  std::string page = runReportHtml(run, {});
  EXPECT_TRUE(isBalanced(page));
  for (const char* wanted : {"K reached by", "top K of log alpha", "0.125"})
    EXPECT_NE(page.find(wanted), std::string::npos) << wanted;
  for (const char* other :
       {"bisection", "until the last reopening", "rising over", "Gates start at", "straight through", "its open heads"})
    EXPECT_EQ(page.find(other), std::string::npos) << other;
  run.settings.lambdaSearched = run.settings.hardGates = run.settings.scaleByOpen = true;
  run.settings.lambdaWarmup = 0.25;
  run.settings.gateStart = 2;
  page = runReportHtml(run, {});
  for (const char* wanted : {"bisection on lambda", "0.125, rising over 25 % of the steps", "log alpha = 2",
                             "straight through", "its open heads"})
    EXPECT_NE(page.find(wanted), std::string::npos) << wanted;
  EXPECT_EQ(page.find("top K of log alpha"), std::string::npos);
}

TEST(RunReport, ofAnUnfinishedRunSaysSo) {
  RunSnapshot run = finishedRun();
  run.report.reset();
  run.curve.reset();
  run.status = "stopped";
  const std::string page = runReportHtml(run, {});
  EXPECT_TRUE(isBalanced(page));
  EXPECT_NE(page.find("This run is stopped"), std::string::npos);
}

TEST(RunPlots, areWholePicturesOfTheWantedWidth) {
  for (const std::string& name : runPlotNames()) {
    const std::string svg = runPlotSvg(finishedRun(), name, 120);
    EXPECT_TRUE(isBalanced(svg)) << name;
    if (name != "map") {
      EXPECT_NE(svg.find("width=\"120.00mm\""), std::string::npos) << name;
    }
  }
  EXPECT_THROW((void)runPlotSvg(finishedRun(), "nonsense", 120), Error);
  RunSnapshot noCurve = finishedRun();
  noCurve.curve.reset();
  EXPECT_THROW((void)runPlotSvg(noCurve, "curve", 120), Error);
  noCurve.latencies.clear();
  EXPECT_THROW((void)runPlotSvg(noCurve, "latency", 120), Error);
}

TEST(SvgChart, bearsEmptySeriesAndNumbersThatAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string svg =
      svgChart({"t", "x", "y", {{"a", {}, true, false}, {"b", {{1, nan, 0, 0}, {2, 3, 0, 0}}, true, true}}, 100, 60});
  EXPECT_TRUE(isBalanced(svg));
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(SvgChart, bearsValuesThatDifferInTheirLastDigitOnly) {
  const double value = 92.3, next = std::nextafter(value, 100.0);
  EXPECT_EQ(roundTicks(value, next, 6).size(), 1U);
  const std::string svg = svgChart({"t", "x", "y", {{"a", {{next, value, value, next}}, true, false}}, 100, 60});
  EXPECT_TRUE(isBalanced(svg));
  EXPECT_LT(svg.size(), 10000U);
  Chart seconds{"t", "seconds", "y", {{"a", {{0.02, value, 0, 0}, {std::nextafter(0.02, 1.0), next, 0, 0}}}}, 100, 60};
  seconds.logX = true;
  EXPECT_LT(svgChart(seconds).size(), 10000U);
}

TEST(SvgChart, scattersOverALogarithmicAxisWhatIsAboveZero) {
  Chart chart{"t", "seconds", "y", {}, 100, 60, true};
  chart.series.push_back(
      {"a", {{0, 1, 0, 0, "none"}, {0.5, 2, 1, 3, "half"}, {500, 2, 0, 0, "long"}}, true, false, true});
  const std::string svg = svgChart(chart);
  EXPECT_TRUE(isBalanced(svg));
  EXPECT_EQ(svg.find("none"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  for (const char* wanted : {">half<", ">long<", ">1<", ">100<"})
    EXPECT_NE(svg.find(wanted), std::string::npos) << wanted;
}

TEST(SvgSurvivors, areWholePicturesWithTheirNumbers) {
  const HeadLayout layout = finishedRun().layout;
  OverlapMatrix overlap;
  overlap.choices = {{Regime::PostHoc, "a<b", 2, std::nullopt}, {Regime::PostHoc, "c", 2, 3}};
  overlap.values = {std::numeric_limits<double>::quiet_NaN(), 0.25, 0.25, 1};
  overlap.chance = 0.4;
  const std::string matrix = svgOverlap(overlap, "t & u");
  EXPECT_TRUE(isBalanced(matrix));
  for (const char* wanted : {"a&lt;b", "c, seed 3", "0.25", "chance 0.400", "t &amp; u"})
    EXPECT_NE(matrix.find(wanted), std::string::npos) << wanted;
  EXPECT_EQ(matrix.find("nan"), std::string::npos);
  overlap.values = {1, -0.5, -0.5, 1};
  overlap.chance = 0;
  overlap.least = -1;
  EXPECT_NE(svgOverlap(overlap, "orders").find(">-0.50<"), std::string::npos);
  const std::string depths = svgDepths({{"taylor", {1.5, 0, 0.5}}, {"none", {0, 0, 0}}}, layout, "depth");
  EXPECT_TRUE(isBalanced(depths));
  EXPECT_NE(depths.find("75 % of its survivors"), std::string::npos);
  const std::string maps = svgShareMaps(layout, {{"2 kept", {0, 0.5, 1, 0}}, {"3 kept", {1, 1, 1, 0}}}, "maps");
  EXPECT_TRUE(isBalanced(maps));
  EXPECT_NE(maps.find("layer 0, head 1: 0.50"), std::string::npos);
}

TEST(RoundTicks, areRoundAndWithin) {
  EXPECT_EQ(roundTicks(0, 1, 5), (std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0}));
  EXPECT_TRUE(roundTicks(1, 1, 5).empty());
  for (const double tick : roundTicks(-3.7, 12, 6)) {
    EXPECT_GE(tick, -3.7);
    EXPECT_LE(tick, 12);
  }
}

}  // namespace
}  // namespace headroom
