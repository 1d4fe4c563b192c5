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

constexpr const char* kOtherModel =
    "This was compared with other weights than those of the model that was open when this page was saved: its results "
    "are not that model's.";

const char* explanation(Regime regime) {
  switch (regime) {
    case Regime::PostHoc:
      return "The model's weights stay as they are; heads go by their scores, or as gates and tickets chose that were "
             "trained on copies of it.";
    case Regime::Recovered:
      return "Heads go by their scores, or as gates chose that were trained under frozen weights; then the rest of the "
             "model is trained for the same number of steps (+lora: low-rank adapters of queries and values, and a "
             "classifier's head).";
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

/// Quality against heads kept; empty where no cell is done.
std::string chartOf(const std::vector<CompareRow>& rows, const Comparison& comparison, Regime regime) {
  const bool share = isShare(comparison.metricName);
  const double factor = share ? 100 : 1;
  Chart chart{comparison.metricName + " against " + comparison.keptText() + ", " + regimeName(regime),
              comparison.keptText(),
              comparison.metricName + (share ? " [%]" : ""),
              {},
              170,
              95};
  double least = 1e9, most = 0;  // K
  for (const CompareRow& row : rows) {
    if (row.metric.seeds == 0) continue;
    least = std::min(least, static_cast<double>(row.keep));
    most = std::max(most, static_cast<double>(row.keep));
    if (chart.series.empty() || chart.series.back().name != row.method)
      chart.series.push_back({row.method, {}, true, false});
    chart.series.back().points.push_back(
        {static_cast<double>(row.keep), factor * row.metric.mean, factor * row.metric.low, factor * row.metric.high});
  }
  if (chart.series.empty()) return "";
  chart.series.push_back({"unpruned",
                          {{least, factor * comparison.full.value, 0, 0}, {most, factor * comparison.full.value, 0, 0}},
                          least == most,  // a line of no length would not be seen
                          false});
  return svgChart(chart);
}

void addTable(HtmlPage& page, const std::vector<CompareRow>& rows, const Comparison& comparison) {
  const std::string& metric = comparison.metricName;
  std::vector<std::vector<std::string>> cells;
  for (const CompareRow& row : rows) {
    const auto measured = [&row](double value) { return row.metric.seeds > 0 ? shortNumber(value) : "-"; };
    cells.push_back(
        {row.method, std::to_string(row.keep) + (row.meanKept >= 0 ? " (mean " + shortNumber(row.meanKept) + ")" : ""),
         meanText(row, metric), row.metric.seeds > 0 ? rangeText(metric, row.metric.least, row.metric.most) : "-",
         seedsText(row) + (row.failed > 0 ? ", " + std::to_string(row.failed) + " failed" : ""),
         measured(row.liveBlocks), measured(row.gini), measured(row.effectiveBlocks),
         row.metric.seeds > 1 ? shortNumber(row.overlap) + " (chance " + shortNumber(row.chance) + ")" : "-",
         measured(row.forwards), measured(row.backwards), measured(row.trainSteps), measured(row.seconds),
         row.peakBytes > 0 ? shortNumber(row.peakBytes / 1e6) : "-"});
  }
  page.table({"method", comparison.keptText(), metric + ", mean (95 %)", "range", "of", "live blocks", "Gini",
              "effective blocks", "overlap of seeds", "forward passes", "backward passes", "training steps", "seconds",
              "peak memory [MB]"},
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

/// How L0 came to K heads, where it is among the rows: its lambda alone does not say how many stay open.
std::string howL0ReachesK(const std::vector<CompareRow>& rows, const Comparison& comparison) {
  const auto isL0 = [](const CompareRow& row) { return row.method == "l0" || row.method.starts_with("l0+"); };
  if (std::none_of(rows.begin(), rows.end(), isL0)) return "";
  return comparison.searchedLambda
             ? "l0 comes to K by bisection on lambda over whole runs; where no lambda left exactly K gates open, the "
               "top K of log alpha are kept."
             : "l0 comes to K by the top of log alpha, whatever number of gates its lambda leaves open.";
}

void addSurvivors(HtmlPage& page, const Comparison& comparison, Regime regime) {
  std::map<std::string, std::vector<ShareMap>> maps;
  for (const int keep : keepsOf(comparison, regime)) {
    const std::string at = regimeName(regime) + ", " + std::to_string(keep) + " " + comparison.keptText();
    page.figure(svgOverlap(overlapOfMethods(comparison, regime, keep), "Overlap of survivors, " + at),
                "Mean Jaccard index of the heads that two choices keep; on the diagonal: of one method's seeds. Blue: "
                "more than random choices agree (" +
                    shortNumber(chanceJaccard(keep, comparison.unitCount())) + "), orange: less.");
    if (const OverlapMatrix orders = agreementOfOrders(comparison, regime, keep); !orders.choices.empty())
      page.figure(
          svgOverlap(orders, "Agreement of orders, " + at),
          "Mean Kendall's tau-b of the orders that two methods bring all heads into, 1 where they are the same; "
          "on the diagonal: of one method's seeds. Blue: alike, orange: the other way round.");
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

/// What was seen of the data by whom.
std::string dataText(const Comparison& comparison) {
  if (comparison.roles)
    return "Data: " + rolesText(*comparison.roles) +
           ". Models are trained on what heads are judged on; choices are those of the methods that try whole masks, "
           "and EBERT's threshold. " +
           (comparison.seenData ? "What is reported on was used for one of the others, too: heads were chosen on it, "
                                  "which flatters every method that looks at the data."
                                : "What is reported on no method has seen.");
  return comparison.seenData ? "The dev data are the training data: heads were chosen on what is reported here, which "
                               "flatters every method that looks at the data."
                             : "Heads were judged on training data; what is reported here they have not seen.";
}

}  // namespace

std::string meanText(const CompareRow& row, const std::string& metric) {
  if (row.metric.seeds == 0) return "-";
  const std::string text = metricText({metric, row.metric.mean, row.metric.low, row.metric.high, 0});
  return row.metric.seeds > 1 ? text : text.substr(0, text.rfind(" (")) + " (one seed)";
}

std::string rolesText(const DataRoles& roles) {
  return "heads judged on " + roles.judged + ", choices made on " + roles.chosen + ", reported on " + roles.reported;
}

std::string comparisonReportHtml(const Comparison& comparison, const std::string& title) {
  HtmlPage page(title);
  // A campaign that was read back knows the unpruned model's score without its interval.
  std::string full = metricText(comparison.full);
  if (comparison.full.low == comparison.full.high) full = full.substr(0, full.find(" ("));
  page.paragraph("Unpruned model: " + comparison.metricName + " " + full + ", " +
                 std::to_string(comparison.full.examples) + " examples. " + std::to_string(comparison.doneCount()) +
                 " of " + std::to_string(comparison.cells.size()) + " cells are done. " + dataText(comparison));
  page.paragraph(
      std::string("Intervals are of the mean over the seeds: they say how far seeds differ, not how far other ") +
      (comparison.roles ? "test" : "dev") +
      " data would; those of every cell over its examples are in compare.csv. One seed has none. A pass is one over "
      "the examples that heads are judged on" +
      (comparison.roles ? " (of masks that are tried and EBERT's threshold: that choices are made on)" : "") +
      "; where masks are tried one after the other, layers that they share are computed, and counted, once.");
  const std::vector<CompareRow> all = summarise(comparison);
  if (comparison.ofOtherModel) page.paragraph(kOtherModel);
  for (const Regime regime : kRegimes) {
    const std::vector<CompareRow> rows = rowsOf(all, regime);
    if (rows.empty()) continue;
    page.heading(regimeName(regime));
    page.paragraph(explanation(regime));
    if (const std::string bounds = layerBounds(rows); !bounds.empty()) page.paragraph(bounds);
    if (const std::string how = howL0ReachesK(rows, comparison); !how.empty()) page.paragraph(how);
    if (const std::string scores = chartOf(rows, comparison, regime); !scores.empty())
      page.figure(scores, "Means over the seeds; shaded: 95 % intervals of the means (Student's t).");
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
    if (std::string scores = chartOf(rows, comparison, regime); !scores.empty())
      charts[regimeName(regime) + "-scores"] = std::move(scores);
    if (std::string costs = costsOf(rows, comparison, regime); !costs.empty())
      charts[regimeName(regime) + "-costs"] = std::move(costs);
  }
  return charts;
}

}  // namespace headroom
