// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/comparison_report.h"

#include <algorithm>
#include <map>

#include "core/base/method_info.h"
#include "core/report/html_page.h"
#include "core/report/svg_chart.h"
#include "core/report/svg_survivors.h"

namespace headroom {

namespace {

constexpr Regime kRegimes[] = {Regime::PostHoc, Regime::Recovered, Regime::Joint, Regime::RunTime};

const char* explanation(Regime regime) {
  switch (regime) {
    case Regime::PostHoc: return "The model's weights stay as they are; heads go by their scores.";
    case Regime::Recovered:
      return "Heads go by their scores, then the rest of the model is trained for the same number of steps.";
    case Regime::Joint: return "Weights and gates are trained together, for the same number of steps.";
    case Regime::RunTime:
      return "Heads are chosen anew for every input, K in the mean; what is shown of survivors is the K that were kept "
             "most often, whose own results stand among the other regimes.";
  }
  return "";
}

std::vector<CompareRow> rowsOf(const std::vector<CompareRow>& all, Regime regime) {
  std::vector<CompareRow> rows;
  for (const CompareRow& row : all)
    if (row.regime == regime) rows.push_back(row);
  return rows;
}

std::string chartOf(const std::vector<CompareRow>& rows, const Comparison& comparison, Regime regime) {
  const bool share = isShare(comparison.metricName);
  const double factor = share ? 100 : 1;
  Chart chart{comparison.metricName + " against " + comparison.keptText() + ", " + regimeName(regime),
              comparison.keptText(),
              comparison.metricName + (share ? " [%]" : ""),
              {},
              170,
              95};
  double least = 1e9, most = 0;
  for (const CompareRow& row : rows) {
    if (row.metric.seeds == 0) continue;
    least = std::min(least, static_cast<double>(row.keep));
    most = std::max(most, static_cast<double>(row.keep));
    if (chart.series.empty() || chart.series.back().name != row.method)
      chart.series.push_back({row.method, {}, true, false});
    chart.series.back().points.push_back(
        {static_cast<double>(row.keep), factor * row.metric.mean, factor * row.metric.low, factor * row.metric.high});
  }
  chart.series.push_back({"unpruned",
                          {{least, factor * comparison.full.value, 0, 0}, {most, factor * comparison.full.value, 0, 0}},
                          false,
                          false});
  return svgChart(chart);
}

void addTable(HtmlPage& page, const std::vector<CompareRow>& rows, const Comparison& comparison) {
  const std::string& metric = comparison.metricName;
  std::vector<std::vector<std::string>> cells;
  for (const CompareRow& row : rows) {
    MetricValue value{metric, row.metric.mean, row.metric.low, row.metric.high, 0};
    cells.push_back({row.method,
                     std::to_string(row.keep) + (row.meanKept >= 0 ? " (mean " + shortNumber(row.meanKept) + ")" : ""),
                     row.metric.seeds > 0 ? metricText(value) : "-",
                     row.metric.seeds > 0 ? rangeText(metric, row.metric.least, row.metric.most) : "-",
                     seedsText(row) + (row.failed > 0 ? ", " + std::to_string(row.failed) + " failed" : ""),
                     shortNumber(row.liveBlocks), shortNumber(row.gini), shortNumber(row.effectiveBlocks),
                     shortNumber(row.overlap) + " (chance " + shortNumber(row.chance) + ")", shortNumber(row.forwards),
                     shortNumber(row.backwards), shortNumber(row.seconds)});
  }
  page.table({"method", comparison.keptText(), metric + ", mean (95 %)", "range", "of", "live blocks", "Gini",
              "effective blocks", "overlap of seeds", "forward passes", "backward passes", "seconds"},
             cells);
}

/// Quality against what it took; empty where nothing took any time.
std::string costsOf(const std::vector<CompareRow>& rows, const Comparison& comparison, Regime regime) {
  const bool share = isShare(comparison.metricName);
  const double factor = share ? 100 : 1;
  Chart chart{comparison.metricName + " against cost, " + regimeName(regime),
              "seconds, mean of the seeds",
              comparison.metricName + (share ? " [%]" : ""),
              {},
              170,
              95,
              true};
  for (const CompareRow& row : rows) {
    if (row.metric.seeds == 0 || row.seconds <= 0) continue;
    if (chart.series.empty() || chart.series.back().name != row.method)
      chart.series.push_back({row.method, {}, true, false, true});
    chart.series.back().points.push_back({row.seconds, factor * row.metric.mean, factor * row.metric.low,
                                          factor * row.metric.high, row.method + " " + std::to_string(row.keep)});
  }
  return chart.series.empty() ? std::string() : svgChart(chart);
}

/// Which of the methods could not have chosen any layout of heads; empty where all could.
std::string layerBounds(const std::vector<CompareRow>& rows) {
  std::string text, last;
  for (const CompareRow& row : rows) {
    const std::string bound = row.method == last ? "" : layerBound(row.method);
    last = row.method;
    if (!bound.empty()) text += (text.empty() ? "" : "; ") + row.method + " " + bound;
  }
  return text.empty() ? text
                      : "Not every method may leave any number of heads in any layer: " + text +
                            ". Their numbers of live blocks follow from that, not from the model.";
}

void addSurvivors(HtmlPage& page, const Comparison& comparison, Regime regime) {
  std::map<std::string, std::vector<ShareMap>> maps;
  for (const int keep : keepsOf(comparison, regime)) {
    const std::string at = regimeName(regime) + ", " + std::to_string(keep) + " " + comparison.keptText();
    page.figure(svgOverlap(overlapOfMethods(comparison, regime, keep), "Overlap of survivors, " + at),
                "Mean Jaccard index of the heads that two choices keep; on the diagonal: of one method's seeds. Blue: "
                "more than random choices agree (" +
                    shortNumber(chanceJaccard(keep, comparison.unitCount())) + "), orange: less.");
    page.figure(svgDepths(depthRows(comparison, regime, keep), comparison.layout, "Survivors by depth, " + at),
                "Share of each method's survivors in the thirds of the layers; the numbers are heads, means of the "
                "seeds.");
    for (const std::string& method : methodsOf(comparison, regime, keep))
      maps[method].push_back(
          {std::to_string(keep) + " kept", survivalShares(comparison, {regime, method, keep, std::nullopt})});
  }
  for (const auto& [method, ofKeeps] : maps)
    page.figure(svgShareMaps(comparison.layout, ofKeeps, method + ", " + regimeName(regime)),
                "In which share of the seeds each head survives: the darker, the more often.");
}

}  // namespace

std::string comparisonReportHtml(const Comparison& comparison, const std::string& title) {
  HtmlPage page(title);
  page.paragraph("Unpruned model: " + comparison.metricName + " " + metricText(comparison.full) + ", " +
                 std::to_string(comparison.full.examples) + " examples. " + std::to_string(comparison.doneCount()) +
                 " of " + std::to_string(comparison.cells.size()) +
                 " cells are done. Heads were judged on training data; what is reported here they have not seen.");
  const std::vector<CompareRow> all = summarise(comparison);
  for (const Regime regime : kRegimes) {
    const std::vector<CompareRow> rows = rowsOf(all, regime);
    if (rows.empty()) continue;
    page.heading(regimeName(regime));
    page.paragraph(explanation(regime));
    if (const std::string bounds = layerBounds(rows); !bounds.empty()) page.paragraph(bounds);
    page.figure(chartOf(rows, comparison, regime),
                "Means over the seeds; shaded: 95 % intervals of the means (Student's t).");
    addTable(page, rows, comparison);
    if (const std::string costs = costsOf(rows, comparison, regime); !costs.empty())
      page.figure(costs,
                  "Each dot is a method at one number of heads kept, with the 95 % interval of its mean. The seconds "
                  "are those of choosing and training.");
    addSurvivors(page, comparison, regime);
  }
  for (const CompareCell& cell : comparison.cells)
    if (!cell.error.empty()) page.paragraph("Failed: " + cell.name() + ": " + cell.error);
  return page.text();
}

std::map<std::string, std::string> comparisonCharts(const Comparison& comparison) {
  const std::vector<CompareRow> all = summarise(comparison);
  std::map<std::string, std::string> charts;
  for (const Regime regime : kRegimes) {
    const std::vector<CompareRow> rows = rowsOf(all, regime);
    if (rows.empty()) continue;
    charts[regimeName(regime) + "-scores"] = chartOf(rows, comparison, regime);
    if (std::string costs = costsOf(rows, comparison, regime); !costs.empty())
      charts[regimeName(regime) + "-costs"] = std::move(costs);
  }
  return charts;
}

}  // namespace headroom
