// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/survivors.h"
#include "core/jobs/compare_methods.h"
#include "core/jobs/compare_runs.h"
#include "core/jobs/compared_methods.h"
#include "core/jobs/score_heads.h"
#include "core/report/comparison_report.h"
#include "core/report/html_page.h"
#include "core/report/runs_report.h"

namespace headroom::cli {

namespace {

struct CompareOptions {
  std::vector<std::string> models;  ///< one to choose heads of, or run files
  std::string data, dev, test;
  CompareRequest request;
  ColumnOptions columns;
  int maxLength = 128;
};

std::string rowText(const CompareRow& row, const std::string& metric) {
  std::ostringstream text;
  text.precision(3);
  text << row.method << '\t' << regimeName(row.regime) << "\tK = " << row.keep << '\t' << meanText(row, metric) << '\t'
       << (row.metric.seeds > 1 ? "range " + rangeText(metric, row.metric.least, row.metric.most) + " of " : "")
       << seedsText(row) << '\t' << row.liveBlocks << " live blocks\t" << row.seconds << " s"
       << (row.failed > 0 ? "\t" + std::to_string(row.failed) + " failed" : "") << '\n';
  return text.str();
}

nlohmann::ordered_json rowJson(const CompareRow& row) {
  // One seed has neither interval nor overlap, and none has nothing.
  const auto of = [&row](int seeds, double value) {
    return row.metric.seeds >= seeds ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  return {{"method", row.method},
          {"regime", regimeName(row.regime)},
          {"keep", row.keep},
          {"mean", of(1, row.metric.mean)},
          {"low", of(2, row.metric.low)},
          {"high", of(2, row.metric.high)},
          {"least", of(1, row.metric.least)},
          {"most", of(1, row.metric.most)},
          {"seeds", row.metric.seeds},
          {"live_blocks", of(1, row.liveBlocks)},
          {"gini", of(1, row.gini)},
          {"effective_blocks", of(1, row.effectiveBlocks)},
          {"overlap", of(2, row.overlap)},
          {"chance_overlap", of(1, row.chance)},
          {"forwards", of(1, row.forwards)},
          {"backwards", of(1, row.backwards)},
          {"train_steps", of(1, row.trainSteps)},
          {"seconds", of(1, row.seconds)},
          {"peak_bytes", of(1, row.peakBytes)},
          {"failed", row.failed}};
}

/// Kendall's tau-b of every two methods' orders: "rank_agreement".
void addOrders(const Comparison& comparison, nlohmann::ordered_json& json) {
  json = nlohmann::ordered_json::array();
  for (const Regime regime : {Regime::PostHoc, Regime::Recovered, Regime::Joint, Regime::RunTime})
    for (const int keep : keepsOf(comparison, regime)) {
      const OverlapMatrix matrix = agreementOfOrders(comparison, regime, keep);
      for (size_t row = 0; row < matrix.choices.size(); ++row)
        for (size_t column = 0; column < row; ++column)
          if (std::isfinite(matrix.at(row, column)))
            json.push_back({{"regime", regimeName(regime)},
                            {"keep", keep},
                            {"first", matrix.choices[column].method},
                            {"second", matrix.choices[row].method},
                            {"kendall_tau", matrix.at(row, column)}});
    }
}

/// Names every cell that failed, with the reason.
void addFailures(const Comparison& comparison, Result& result) {
  result.json["failures"] = nlohmann::ordered_json::array();
  for (const CompareCell& cell : comparison.cells) {
    if (cell.error.empty()) continue;
    result.json["failures"].push_back({{"cell", cell.name()}, {"error", cell.error}});
    result.text += "failed: " + cell.name() + ": " + cell.error + "\n";
  }
}

/// Where nothing came of a campaign, its first reason is the command's.
void requireAnyDone(const Comparison& comparison, const std::string& folder) {
  if (comparison.doneCount() > 0) return;
  for (const CompareCell& cell : comparison.cells)
    if (!cell.error.empty())
      throw Error(ErrorKind::BadInput, folder + ": every cell failed, " + cell.name() + " for: " + cell.error);
}

nlohmann::ordered_json differenceJson(const std::optional<PairedDifference>& difference) {
  if (!difference) return nullptr;
  return {{"value", difference->value}, {"low", difference->low}, {"high", difference->high}};
}

nlohmann::ordered_json runJson(const ComparedRun& run) {
  const TrainReport& report = run.report;
  const bool measured = report.metric.examples > 0;
  const auto number = [measured](double value) {
    return measured ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  };
  return {{"run", run.path},
          {"method", report.settings.method},
          {"unit", report.settings.unit},
          {"keep", report.settings.keep},
          {"units", run.units},
          {"exact", report.exact},
          {"kept", report.mask.keptCount()},
          {"metric", report.metric.name},
          {"value", number(report.metric.value)},
          {"low", number(report.metric.low)},
          {"high", number(report.metric.high)},
          {"examples", report.metric.examples},
          {"to_full", differenceJson(report.toFull)},
          {"to_first", differenceJson(run.toFirst)},
          {"live_blocks", report.mask.liveBlocks()},
          {"seconds", report.wallSeconds},
          {"seed", report.settings.seed},
          {"mask_hash", report.mask.hash()}};
}

std::string runText(const ComparedRun& run, bool isFirst) {
  const TrainReport& report = run.report;
  std::ostringstream text;
  text.precision(3);
  text << run.path << '\t' << report.settings.method << "\tK = " << report.settings.keep << " of " << run.units << ' '
       << report.settings.unit << "s\t" << (report.exact ? "exact" : "not exact") << '\t'
       << (report.metric.examples > 0 ? report.metric.name + " " + metricText(report.metric) : "-") << '\t'
       << (isFirst ? "the first" : pointsText(run.toFirst)) << '\t' << report.mask.liveBlocks() << " live blocks\t"
       << report.wallSeconds << " s\n";
  return text.str();
}

/// Finished runs side by side; `out` is a folder, or empty.
Result compareRunFiles(const CompareOptions& options) {
  if (!options.test.empty())
    throw Error(ErrorKind::Usage,
                "--test: found it with run files, expected it where methods are compared; a run was "
                "measured on its own dev data");
  const std::vector<std::string>& paths = options.models;
  const std::string& out = options.request.outPath;
  const RunComparison comparison = compareRuns(paths);
  std::error_code failed;
  if (!out.empty()) std::filesystem::create_directories(out, failed);
  if (failed) throw Error(ErrorKind::Io, out + ": cannot make the folder: " + failed.message());
  Result result;
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    result.json["runs"].push_back(runJson(comparison.runs[i]));
    result.text += runText(comparison.runs[i], i == 0);
  }
  for (const RunOverlap& overlap : comparison.overlaps) {
    const std::string &first = comparison.runs[overlap.first].path, &second = comparison.runs[overlap.second].path;
    result.json["overlaps"].push_back(
        {{"first", first}, {"second", second}, {"jaccard", overlap.jaccard}, {"chance", overlap.chance}});
    std::ostringstream text;
    text.precision(3);
    text << first << " and " << second << " overlap by " << overlap.jaccard << " (by chance " << overlap.chance
         << ")\n";
    result.text += text.str();
  }
  if (!comparison.unpaired.empty()) {
    result.json["unpaired"] = comparison.unpaired;
    result.text += "not every difference is known: " + comparison.unpaired + "\n";
  }
  if (out.empty()) return result;
  const std::filesystem::path folder(out);
  writeFileAtomically((folder / "runs.csv").string(), runsCsv(comparison));
  writeFileAtomically((folder / "runs.html").string(), runsReportHtml(comparison));
  result.json["folder"] = out;
  result.text += (folder / "runs.html").string() + "\n";
  return result;
}

bool areRunFiles(const std::vector<std::string>& paths) {
  return std::all_of(paths.begin(), paths.end(), [](const std::string& path) { return path.ends_with(".h5"); });
}

void requireGrid(const CompareOptions& options) {
  const auto require = [](bool given, const std::string& what) {
    if (!given)
      throw Error(ErrorKind::Usage, what +
                                        ": found none, expected it to compare methods (or only run files in place "
                                        "of the model, to compare these)");
  };
  require(!options.request.methods.empty(), "--methods");
  require(!options.data.empty(), "--data");
  require(!options.dev.empty(), "--dev");
  require(!options.request.keeps.empty(), "--keep");
  require(!options.request.outPath.empty(), "--out");
  if (options.models.size() > 1)
    throw Error(ErrorKind::Usage, "MODEL: found " + std::to_string(options.models.size()) +
                                      ", expected one whose heads the methods choose");
}

OpenDataRequest dataOf(const CompareOptions& options) {
  OpenDataRequest data{options.data, options.dev, options.columns.texts, options.columns.label, options.maxLength, 0};
  if (options.test.empty()) return data;
  data.devPath = options.test;
  data.choicePath = options.dev;
  return data;
}

void addRoles(const Comparison& comparison, nlohmann::ordered_json& json) {
  if (!comparison.roles) {
    json["dev_is_training"] = comparison.seenData;
    return;
  }
  const DataRoles& roles = *comparison.roles;
  json["data"] = {{"judged", roles.judged}, {"chosen", roles.chosen}, {"reported", roles.reported}};
  json["test_was_seen"] = comparison.seenData;
}

/// Which data were for what where there are three of them, and whether that flatters; may be empty.
std::string rolesLines(const Comparison& comparison) {
  const std::string lines = comparison.roles ? rolesText(*comparison.roles) + "\n" : "";
  if (!comparison.seenData) return lines;
  const char* same =
      comparison.roles ? "--test holds the same data as --data or --dev" : "--data and --dev are the same";
  return lines + same + ": heads were chosen on what is reported, which flatters methods\n";
}

Result compareGrid(const CompareOptions& options, const CommonOptions& common, const JobContext& context) {
  requireGrid(options);
  requireValid(options.request.options);
  for (const std::string& method : options.request.methods) (void)variantOf(method);
  Workspace workspace(common.compute);
  const ModelSummary model = openModel(workspace, {options.models.front()}, context);
  (void)unitsOf(model.layout, options.request.unit);
  (void)openData(workspace, dataOf(options), context);
  Comparison comparison;
  try {
    comparison = compareMethods(workspace, options.request, context);
  } catch (const Cancelled&) {
    throw Stopped("what is done is kept in " + options.request.outPath + "; the same command goes on");
  }
  requireAnyDone(comparison, options.request.outPath);
  Result result;
  result.json = {{"folder", options.request.outPath}, {"unit", comparison.unit},
                 {"metric", comparison.metricName},   {"full", comparison.full.value},
                 {"cells", comparison.cells.size()},  {"done", comparison.doneCount()}};
  addRoles(comparison, result.json);
  result.json["rows"] = nlohmann::ordered_json::array();
  for (const CompareRow& row : summarise(comparison)) {
    result.json["rows"].push_back(rowJson(row));
    result.text += rowText(row, comparison.metricName);
  }
  addOrders(comparison, result.json["rank_agreement"]);
  addFailures(comparison, result);
  result.text += rolesLines(comparison);
  result.text += "unpruned " + metricText(comparison.full) + "\n" + std::to_string(comparison.doneCount()) + " of " +
                 std::to_string(comparison.cells.size()) + " cells done; " + options.request.outPath +
                 "/compare.html\n";
  return result;
}

/// Methods on one model, or runs that are there; a run with methods is a model like any other.
Result compare(const CompareOptions& options, const CommonOptions& common, const JobContext& context) {
  if (areRunFiles(options.models) && options.request.methods.empty()) return compareRunFiles(options);
  return compareGrid(options, common, context);
}

}  // namespace

Registered addCompare(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  CompareRequest& request = options->request;
  CLI::App* parser = app.add_subcommand(
      "compare",
      "Ways to choose heads side by side, as a campaign that goes on where it was stopped; or finished run files");
  parser->add_option("MODEL", options->models, "Model folder; or two or more run files (.h5), alone or with --out")
      ->required();
  parser->add_option("--data", options->data, "Training data: heads are judged, and models trained, on these");
  parser->add_option("--dev", options->dev,
                     "Data that the comparison is reported on; no method sees them (so name others than --data). With "
                     "--test what choices are made on");
  parser->add_option("--test", options->test,
                     "Data that the comparison is reported on instead of --dev. On --dev then choose the methods that "
                     "try whole masks (leave-one-out, shapley, greedy, a-star, evolutionary), and ebert its threshold; "
                     "other scores and training stay on --data");
  parser
      ->add_option("--methods", request.methods,
                   "Names from `headroom-cli methods`, with commas; options of one behind its name: l0+reopen, "
                   "pass+no-reopen, taylor+absolute=token+normalise, taylor+gradient-steps=8, shapley+permutations=50, "
                   "taylor-3+lora (recovered by LoRA instead of all weights). "
                   "What a model cannot do fails with the reason, the rest goes on")
      ->delimiter(',')
      ->transform(methodNamed);
  parser
      ->add_option("--keep", request.keeps,
                   "Numbers of heads (with --unit group: key/value groups) to keep, with commas")
      ->delimiter(',');
  addUnitOption(*parser, request.unit);
  parser
      ->add_option("--seeds", request.seeds,
                   "With commas; of random without training " + std::to_string(kRandomMasks) + " masks at least")
      ->delimiter(',')
      ->capture_default_str();
  parser->add_option("--steps", request.steps, "Of joint training, and of recovery")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  parser->add_option("--batch", request.batch, "Examples a step")->capture_default_str()->check(CLI::PositiveNumber);
  parser->add_flag("--recover", request.recover, "Post-hoc methods also with as many steps of training after pruning");
  parser->add_flag("--frozen", request.frozen,
                   "Methods that train gates also under frozen weights, beside the post-hoc ones");
  parser->add_flag("--search-lambda", request.searchLambda,
                   "l0 looks for the lambda that leaves K gates open, by bisection, instead of taking the top K");
  parser
      ->add_option("--examples", request.examples,
                   "Training examples (of question answering: questions) that heads are judged on, and with --test "
                   "so many of --dev that choices are made on; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  addScoreOptions(*parser, request.options, "--gradient-steps");
  parser->add_option("--out", request.outPath,
                     "Folder of the campaign: new, or its own, to go on, also after a kill; methods, --keep and "
                     "--seeds may be added there, other settings need a folder of their own. Holds compare.csv (every "
                     "cell), compare-summary.csv, compare.html. Of run files: for their table and page");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return compare(*options, common, context);
          }};
}

}  // namespace headroom::cli
