// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/runs_report.h"

#include <cstdio>
#include <sstream>

#include "core/base/csv_text.h"
#include "core/report/html_page.h"
#include "core/report/svg_chart.h"
#include "core/report/svg_survivors.h"

namespace headroom {

namespace {

std::vector<std::string> tableRow(const ComparedRun& run, bool isFirst) {
  const TrainReport& report = run.report;
  return {run.path,
          report.settings.method,
          std::to_string(report.settings.keep) + " of " + std::to_string(run.units) + " " + report.settings.unit + "s",
          report.exact ? "yes" : "no",
          report.metric.examples > 0 ? report.metric.name + " " + metricText(report.metric) : "-",
          isFirst ? "the first" : pointsText(run.toFirst),
          std::to_string(report.mask.liveBlocks()),
          shortNumber(report.wallSeconds)};
}

void addOverlaps(HtmlPage& page, const RunComparison& comparison) {
  std::vector<std::vector<std::string>> rows;
  for (const RunOverlap& overlap : comparison.overlaps)
    rows.push_back({comparison.runs[overlap.first].path, comparison.runs[overlap.second].path,
                    shortNumber(overlap.jaccard), shortNumber(overlap.chance)});
  page.heading("Overlap of the heads kept");
  page.paragraph(
      "Jaccard index: heads that both runs keep, of those that either keeps; beside it what random choices as large "
      "have in the mean.");
  page.table({"run", "run", "overlap", "by chance"}, rows);
}

}  // namespace

std::string pointsText(const std::optional<PairedDifference>& difference) {
  if (!difference) return "-";
  char text[96];
  std::snprintf(text, sizeof text, "%+.1f (%.1f to %.1f) points", 100 * difference->value, 100 * difference->low,
                100 * difference->high);
  return text;
}

std::string runsReportHtml(const RunComparison& comparison) {
  HtmlPage page("Headroom: runs side by side");
  std::vector<std::vector<std::string>> rows;
  std::vector<ShareMap> maps;
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    const ComparedRun& run = comparison.runs[i];
    rows.push_back(tableRow(run, i == 0));
    const auto bytes = run.report.mask.bytes();
    maps.push_back({"run " + std::to_string(i + 1), {bytes.begin(), bytes.end()}});
  }
  page.table({"run", "method", "K", "gates settled", "score (95 %)", "less the first run, same examples (95 %)",
              "live blocks", "seconds"},
             rows);
  if (!comparison.unpaired.empty()) page.paragraph("Not every difference is known: " + comparison.unpaired + ".");
  page.figure(svgShareMaps(comparison.layout, maps, "Heads kept"),
              "The runs' heads in the order of the table: blue ones are kept.");
  addOverlaps(page, comparison);
  return page.text();
}

std::string runsCsv(const RunComparison& comparison) {
  std::ostringstream csv;
  csv.precision(10);
  csv << "run,method,unit,K,exact,heads kept,metric,value,low,high,examples,difference to first,difference "
         "low,difference high,live blocks,seconds,seed,mask hash\n";
  for (const ComparedRun& run : comparison.runs) {
    const TrainReport& report = run.report;
    const MetricValue& metric = report.metric;
    csv << csvQuoted(run.path) << ',' << report.settings.method << ',' << report.settings.unit << ','
        << report.settings.keep << ',' << (report.exact ? 1 : 0) << ',' << report.mask.keptCount() << ',' << metric.name
        << ',';
    if (metric.examples > 0)
      csv << metric.value << ',' << metric.low << ',' << metric.high << ',' << metric.examples << ',';
    else
      csv << ",,,,";
    if (run.toFirst)
      csv << run.toFirst->value << ',' << run.toFirst->low << ',' << run.toFirst->high << ',';
    else
      csv << ",,,";
    csv << report.mask.liveBlocks() << ',' << report.wallSeconds << ',' << report.settings.seed << ','
        << report.mask.hash() << '\n';
  }
  return csv.str();
}

}  // namespace headroom
