// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/report/run_report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/base/error.h"
#include "core/base/files.h"
#include "core/report/html_page.h"
#include "core/report/svg_head_map.h"

namespace headroom {

namespace {

constexpr size_t kMostPoints = 600;  // of a line: more than it has pixels

ChartSeries seriesOf(const RunSnapshot& run, const std::string& name, double TrainPoint::*field) {
  ChartSeries series{name, {}, false, false};
  const size_t stride = std::max<size_t>(1, run.points.size() / kMostPoints);
  for (size_t i = 0; i < run.points.size(); i += stride)
    series.points.push_back({static_cast<double>(run.points[i].step), run.points[i].*field, 0, 0});
  return series;
}

Chart curveChart(const RunSnapshot& run) {
  const Curve& curve = *run.curve;
  const bool share = isShare(curve.full.name);
  const double factor = share ? 100 : 1;
  Chart chart{"Accuracy against heads kept", "heads kept", curve.full.name + (share ? " [%]" : ""), {}, 160, 90};
  ChartSeries line{"this run, re-ranked", {}, false, false}, trained{"trained for this K", {}, true, false},
      full{"unpruned model", {}, false, false};
  for (const CurvePoint& point : curve.points) {
    const ChartPoint place{static_cast<double>(point.kept), factor * point.metric.value, factor * point.metric.low,
                           factor * point.metric.high};
    line.points.push_back(place);
    if (point.trained) trained.points.push_back(place);
  }
  if (!curve.points.empty())
    for (const int kept : {curve.points.front().kept, curve.points.back().kept})
      full.points.push_back({static_cast<double>(kept), factor * curve.full.value, 0, 0});
  chart.title = curve.full.name + " against heads kept";
  chart.series = {line, full};
  if (!trained.points.empty()) chart.series.push_back(trained);
  return chart;
}

/// Heads that stay in colours, in front of the others.
Chart gatesChart(const RunSnapshot& run) {
  Chart chart{"P(gate = 1) of every head", "step", "probability", {}, 160, 90};
  const size_t stride = std::max<size_t>(1, run.points.size() / 200);
  for (int head = 0; head < run.layout.headCount(); ++head) {
    const HeadId id = run.layout.at(head);
    ChartSeries series{blockLabel(run.layout.blocks()[static_cast<size_t>(id.block)].id, run.layout.onlyOneKind()) +
                           "." + std::to_string(id.head),
                       {},
                       false,
                       false};
    for (size_t i = 0; i < run.points.size(); i += stride)
      if (head < static_cast<int>(run.points[i].pOpen.size()))
        series.points.push_back(
            {static_cast<double>(run.points[i].step), run.points[i].pOpen[static_cast<size_t>(head)], 0, 0});
    series.background = run.report && !run.report->mask.kept(head);
    chart.series.push_back(std::move(series));
  }
  std::stable_partition(chart.series.begin(), chart.series.end(),
                        [](const ChartSeries& series) { return series.background; });
  return chart;
}

/// What was measured of each kind of attention, with the straight line through it.
Chart costsChart(const RunSnapshot& run) {
  Chart chart{"Time of an attention block against its heads", "heads in the block", "time [ms]", {}, 160, 80};
  for (const BlockCosts& costs : run.latencies.front().blocks) {
    ChartSeries measured{costs.group, {}, true, false}, fitted{costs.group + ", fitted", {}, false, false};
    for (size_t i = 0; i < costs.heads.size(); ++i)
      measured.points.push_back({static_cast<double>(costs.heads[i]), costs.ms[i], 0, 0});
    for (const int heads : {1, costs.heads.back()})
      fitted.points.push_back({static_cast<double>(heads), costs.intercept + costs.slope * heads, 0, 0});
    chart.series.push_back(std::move(measured));
    if (costs.heads.back() > 1) chart.series.push_back(std::move(fitted));
  }
  return chart;
}

bool hasGates(const RunSnapshot& run) { return !run.points.empty() && !run.points.back().pOpen.empty(); }

std::string mapSvg(const RunSnapshot& run) {
  std::vector<double> shades;
  if (hasGates(run)) shades.assign(run.points.back().pOpen.begin(), run.points.back().pOpen.end());
  return svgHeadMap(run.report->mask, shades,
                    std::to_string(run.report->mask.keptCount()) + " of " +
                        std::to_string(run.report->mask.headCount()) + " heads kept");
}

Chart chartOf(const RunSnapshot& run, const std::string& name) {
  if (name == "loss")
    return {"Loss of the task",
            "step",
            "cross entropy [nat]",
            {seriesOf(run, "loss with drawn gates", &TrainPoint::taskLoss)},
            160,
            70};
  if (name == "lambda")
    return {"Weights of the penalties",
            "step",
            "lambda, lambda_c",
            {seriesOf(run, "lambda", &TrainPoint::lambda), seriesOf(run, "lambda_c", &TrainPoint::lambdaC)},
            160,
            70};
  if (name == "budget")
    return {"Expected heads",
            "step",
            "heads",
            {seriesOf(run, "open", &TrainPoint::expectedOpen), seriesOf(run, "closed", &TrainPoint::expectedClosed),
             seriesOf(run, "between", &TrainPoint::expectedBetween)},
            160,
            70};
  if (name == "latency") return costsChart(run);
  return name == "gates" ? gatesChart(run) : curveChart(run);
}

bool hasPlot(const RunSnapshot& run, const std::string& name) {
  if (name == "curve") return run.curve && !run.curve->points.empty();
  if (name == "map") return run.report.has_value();
  if (name == "loss") return !run.points.empty();
  if (name == "latency") return !run.latencies.empty() && !run.latencies.front().blocks.empty();
  return hasGates(run);
}

std::string plotSvg(const RunSnapshot& run, const std::string& name, double widthMm) {
  if (name == "map") return mapSvg(run);
  Chart chart = chartOf(run, name);
  chart.heightMm *= widthMm / chart.widthMm;
  chart.widthMm = widthMm;
  // A legend of a hundred heads would be longer than the plot; the map says which they are.
  if (name == "gates" && chart.series.size() > 12)
    for (ChartSeries& series : chart.series) series.name.clear();
  return svgChart(chart);
}

void addOutcome(HtmlPage& page, const RunSnapshot& run) {
  if (!run.report) {
    page.paragraph("This run is " + run.status + ": it has no result yet.");
    return;
  }
  const TrainReport& report = *run.report;
  const HeadMask& mask = report.mask;
  std::vector<std::pair<std::string, std::string>> rows{
      {"Heads kept",
       std::to_string(mask.keptCount()) + " of " + std::to_string(mask.headCount()) +
           (mask.layout().grouped() ? ", " + std::to_string(mask.keptKeyValueCount()) + " of " +
                                          std::to_string(mask.layout().keyValueHeadCount()) + " key/value heads"
                                    : "")},
      {"Live blocks", std::to_string(mask.liveBlocks()) + " of " + std::to_string(mask.layout().blockCount()) +
                          ", Gini " + shortNumber(giniOfBlocks(mask))},
      {"How", report.exact
                  ? "exactly, no threshold was needed (joint probability " + shortNumber(report.jointProbability) + ")"
                  : "projected to the top: the gates did not settle"}};
  if (report.metric.examples > 0) {
    rows.push_back({"Pruned model, " + report.metric.name, metricText(report.metric)});
    rows.push_back({"Unpruned model",
                    metricText(report.fullMetric) + ", " + std::to_string(report.fullMetric.examples) + " examples"});
    if (report.toFull)
      rows.push_back({"Difference on the same examples", shortNumber(100 * report.toFull->value) + " points (" +
                                                             shortNumber(100 * report.toFull->low) + " to " +
                                                             shortNumber(100 * report.toFull->high) + "); " +
                                                             std::to_string(report.toFull->gained) + " gained, " +
                                                             std::to_string(report.toFull->lost) + " lost"});
  }
  rows.push_back(
      {"Parameters", std::to_string(report.keptParameters) + " of " + std::to_string(report.fullParameters)});
  rows.push_back({"Time", shortNumber(report.wallSeconds) + " s for " + std::to_string(report.steps) + " steps"});
  page.facts(rows);
}

std::string timesAsFast(double full, double now) {
  return now > 0 ? shortNumber(full / now) + " times as fast" : "it takes no time";
}

void addPredictedTimes(HtmlPage& page, const LatencyTable& table, const HeadMask& mask) {
  const HeadMask every(mask.layout());
  const double full = table.predict(every), now = table.predict(mask);
  const double attentionFull = table.predictAttention(every), attention = table.predictAttention(mask);
  page.facts({{"Unpruned model, predicted",
               shortNumber(full) + " ms a pass, " + shortNumber(attentionFull) + " ms of it in attention"},
              {std::to_string(mask.keptCount()) + " heads of this run, predicted",
               shortNumber(now) + " ms a pass, " + shortNumber(attention) + " ms of it in attention"},
              {"Whole model", timesAsFast(full, now)},
              {"Attention alone", attention > 0 ? timesAsFast(attentionFull, attention) : "none is left"}});
}

void addLatency(HtmlPage& page, const RunSnapshot& run) {
  const LatencyTable& table = run.latencies.front();
  page.heading("What heads cost here");
  page.paragraph("Layers measured at " + table.conditions() + ".");
  if (!table.busy.empty()) page.paragraph("These times are not to be believed: " + table.busy + ".");
  page.figure(
      plotSvg(run, "latency", 160),
      "Time of a block above that of a layer without it. Fitted: keeping a block costs the intercept, every head "
      "in it the slope.");
  std::vector<std::vector<std::string>> rows;
  for (const BlockCosts& costs : table.blocks)
    rows.push_back({costs.group, shortNumber(costs.intercept), shortNumber(costs.slope),
                    std::to_string(costs.heads.size()) + ", up to " + std::to_string(costs.heads.back())});
  page.table({"attention", "intercept [ms]", "slope [ms a head]", "numbers of heads measured"}, rows);
  if (run.report && run.report->mask.layout() == run.layout) addPredictedTimes(page, table, run.report->mask);
}

using Facts = std::vector<std::pair<std::string, std::string>>;

Facts passFacts(const TrainSettings& s) {
  return {{"Recipe", s.published ? "published" : "scaled"},
          {"lambda", s.published ? "uncapped" : "at most " + shortNumber(s.lambdaCap) + " until the last reopening"},
          {"lambda_c", "at most " + shortNumber(s.concentratorCap)}};
}

/// Its lambda is fixed, whatever recipe and bounds say.
Facts l0Facts(const TrainSettings& s) {
  Facts facts{
      {"K reached by", wayToK(s)},
      {"lambda",
       shortNumber(s.lambda) +
           (s.lambdaWarmup > 0 ? ", rising over " + shortNumber(100 * s.lambdaWarmup) + " % of the steps" : "")},
      {"Weights", s.freezeWeights ? "frozen" : "trained too"}};
  if (s.gateStart != 0) facts.push_back({"Gates start at", "log alpha = " + shortNumber(s.gateStart)});
  if (s.hardGates) facts.push_back({"Gates", "0 or 1, gradients straight through"});
  if (s.scaleByOpen) facts.push_back({"Outputs", "scaled by a block's heads / its open heads"});
  return facts;
}

void addSettings(HtmlPage& page, const RunSnapshot& run, const RunHeader& header) {
  const TrainSettings& s = run.settings;
  page.heading("Settings");
  Facts facts{{"Method", s.method + (s.baseLoss ? ", base loss (Eq. 6)" : "")},
              {"K", std::to_string(s.keep) + " " + s.unit + "s"},
              {"Steps", std::to_string(s.steps) + " of " + std::to_string(s.batch) + " examples"},
              {"Learning rates", shortNumber(s.lr) + " of the weights, " + shortNumber(s.gateLr) + " of the gates"}};
  const Facts penalty = s.method == "l0" ? l0Facts(s) : passFacts(s);
  facts.insert(facts.end(), penalty.begin(), penalty.end());
  facts.push_back(
      {"Clip and reopen",
       s.reopen ? "at |log alpha| = " + shortNumber(s.clipAt) + ", confidence: " + header.confidence : "off"});
  facts.push_back({"Seed", std::to_string(s.seed)});
  page.facts(facts);
  page.heading("Origin");
  page.facts({{"Model", header.modelPath},
              {"SHA-256 of its weights", header.modelSha256},
              {"Training data", header.trainPath},
              {"SHA-256", header.trainSha256},
              {"Dev data", header.devPath},
              {"SHA-256 ", header.devSha256},
              {"Device", header.device},
              {"LibTorch", header.libtorch},
              {"Headroom", header.programVersion},
              {"Started", header.started},
              {"Run file", run.path}});
}

void addCurveTable(HtmlPage& page, const RunSnapshot& run) {
  std::vector<std::vector<std::string>> rows;
  for (const CurvePoint& point : run.curve->points)
    rows.push_back({std::to_string(point.kept) + (point.trained ? " (trained)" : ""), metricText(point.metric),
                    shortNumber(100 * point.toFull.value) + " (" + shortNumber(100 * point.toFull.low) + " to " +
                        shortNumber(100 * point.toFull.high) + ")",
                    shortNumber(point.loss)});
  page.heading("Accuracy at every number of heads");
  page.table({"heads kept", run.curve->full.name, "points to the unpruned model", "loss [nat]"}, rows);
}

}  // namespace

const std::vector<std::string>& runPlotNames() {
  static const std::vector<std::string> names{"curve", "map", "loss", "lambda", "budget", "gates", "latency"};
  return names;
}

std::string runPlotSvg(const RunSnapshot& run, const std::string& name, double widthMm) {
  if (std::find(runPlotNames().begin(), runPlotNames().end(), name) == runPlotNames().end())
    throw Error(ErrorKind::BadInput,
                "plot: found \"" + name + "\", expected curve, map, loss, lambda, budget, gates or latency");
  if (!hasPlot(run, name))
    throw Error(ErrorKind::BadInput, run.path + ": found nothing to plot as \"" + name + "\"" +
                                         (name == "curve"     ? "; sweep the run first"
                                          : name == "latency" ? "; measure it first (headroom-cli latency)"
                                                              : ""));
  return plotSvg(run, name, widthMm);
}

std::string runReportHtml(const RunSnapshot& run, const RunHeader& header) {
  HtmlPage page("Headroom: " + run.settings.method + " on " + header.family +
                ", K = " + std::to_string(run.settings.keep));
  addOutcome(page, run);
  const std::vector<std::pair<std::string, std::string>> figures{
      {"map",
       "Heads that stay, shaded by their gates' probability at the end; crossed out: pruned. Numbers: heads left in "
       "the block."},
      {"curve", "Shaded: 95 % intervals. Only the trained K was trained for; the other points re-rank its gates."},
      {"loss", "With the gates that were drawn, batch by batch."},
      {"budget", "Expected numbers of open, closed and undecided gates."},
      {"lambda", "What the penalty, and the concentrator within it, were multiplied with."},
      {"gates", "One line a head; grey: those that were closed in the end."}};
  for (const auto& [name, caption] : figures)
    if (hasPlot(run, name)) page.figure(plotSvg(run, name, 160), caption);
  if (hasPlot(run, "latency")) addLatency(page, run);
  addSettings(page, run, header);
  if (hasPlot(run, "curve")) addCurveTable(page, run);
  return page.text();
}

void writeRunReport(const std::string& runPath, const std::string& outPath) {
  std::error_code ignored;
  if (std::filesystem::equivalent(runPath, outPath, ignored))
    throw Error(ErrorKind::BadInput, outPath + ": found the run itself, expected another file to write the report to");
  writeFileAtomically(outPath, runReportHtml(readRunFile(runPath), readRunHeader(runPath)));
}

}  // namespace headroom
