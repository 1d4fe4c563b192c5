// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/jobs/compare_methods.h"
#include "core/report/html_page.h"

namespace headroom::cli {

namespace {

struct CompareOptions {
  std::string model, data, dev;
  CompareRequest request;
  ColumnOptions columns;
  int maxLength = 128;
};

std::string rowText(const CompareRow& row, const std::string& metric) {
  std::ostringstream text;
  text.precision(3);
  text << row.method << '\t' << regimeName(row.regime) << "\tK = " << row.keep << '\t'
       << (row.metric.seeds > 0 ? metricText({metric, row.metric.mean, row.metric.low, row.metric.high, 0}) : "-")
       << '\t' << row.metric.seeds << " seeds\t" << row.liveBlocks << " live blocks\t" << row.seconds << " s"
       << (row.failed > 0 ? "\t" + std::to_string(row.failed) + " failed" : "") << '\n';
  return text.str();
}

Result compare(const CompareOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  (void)openModel(workspace, {options.model}, context);
  (void)openData(workspace,
                 {options.data, options.dev, options.columns.texts, options.columns.label, options.maxLength, 0},
                 context);
  Comparison comparison;
  try {
    comparison = compareMethods(workspace, options.request, context);
  } catch (const Cancelled&) {
    throw Stopped("what is done is kept in " + options.request.outPath + "; the same command goes on");
  }
  Result result;
  result.json = {{"folder", options.request.outPath},
                 {"metric", comparison.metricName},
                 {"full", comparison.full.value},
                 {"cells", comparison.cells.size()},
                 {"done", comparison.doneCount()}};
  result.json["rows"] = nlohmann::ordered_json::array();
  for (const CompareRow& row : summarise(comparison)) {
    result.json["rows"].push_back({{"method", row.method},
                                   {"regime", regimeName(row.regime)},
                                   {"keep", row.keep},
                                   {"mean", row.metric.mean},
                                   {"low", row.metric.low},
                                   {"high", row.metric.high},
                                   {"seeds", row.metric.seeds},
                                   {"live_blocks", row.liveBlocks},
                                   {"gini", row.gini},
                                   {"effective_blocks", row.effectiveBlocks},
                                   {"overlap", row.overlap},
                                   {"chance_overlap", row.chance},
                                   {"forwards", row.forwards},
                                   {"backwards", row.backwards},
                                   {"seconds", row.seconds},
                                   {"failed", row.failed}});
    result.text += rowText(row, comparison.metricName);
  }
  result.text += "unpruned " + metricText(comparison.full) + "\n" + std::to_string(comparison.doneCount()) + " of " +
                 std::to_string(comparison.cells.size()) + " cells done; " + options.request.outPath +
                 "/compare.html\n";
  return result;
}

}  // namespace

Registered addCompare(CLI::App& app) {
  auto options = std::make_shared<CompareOptions>();
  CompareRequest& request = options->request;
  CLI::App* parser = app.add_subcommand(
      "compare", "Ways to choose heads side by side, as a campaign that goes on where it was stopped");
  parser->add_option("MODEL", options->model, "Model folder")->required();
  parser->add_option("--data", options->data, "Training data: heads are judged, and models trained, on these")
      ->required();
  parser->add_option("--dev", options->dev, "Data that the comparison is reported on; no method sees them")->required();
  parser
      ->add_option("--methods", request.methods,
                   "Names from `headroom-cli methods`, with commas; l0+reopen, pass+no-reopen: the other way")
      ->required()
      ->delimiter(',')
      ->transform(methodNamed);
  parser->add_option("--keep", request.keeps, "Numbers of heads to keep, with commas")->required()->delimiter(',');
  parser->add_option("--seeds", request.seeds, "With commas")->delimiter(',')->capture_default_str();
  parser->add_option("--steps", request.steps, "Of joint training, and of recovery")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  parser->add_option("--batch", request.batch, "Examples a step")->capture_default_str()->check(CLI::PositiveNumber);
  parser->add_flag("--recover", request.recover, "Post-hoc methods also with as many steps of training after pruning");
  parser->add_flag("--frozen", request.frozen,
                   "Methods that train gates also under frozen weights, beside the post-hoc ones");
  parser->add_flag("--search-lambda", request.searchLambda,
                   "l0 looks for the lambda that leaves K gates open, by bisection, instead of taking the top K");
  parser->add_option("--examples", request.examples, "Training examples that heads are judged on; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  parser->add_option("--out", request.outPath, "Folder of the campaign: new, or its own, to go on")->required();
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return compare(*options, common, context);
          }};
}

}  // namespace headroom::cli
