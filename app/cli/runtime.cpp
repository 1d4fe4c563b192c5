// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"
#include "core/checkpoint/scores_file.h"
#include "core/jobs/requests.h"
#include "core/jobs/runtime_masks.h"
#include "core/report/html_page.h"

namespace headroom::cli {

namespace {

struct RuntimeOptions {
  std::string model, data, dev, method = "spatten";
  int keep = 0, batch = 32, maxLength = 128;
  std::int64_t steps = 1200, examples = 512;
  ColumnOptions columns;
};

std::string tableText(const RuntimeReport& report, const HeadLayout& layout) {
  std::ostringstream text;
  text << "by input: " << report.metric.name << ' ' << metricText(report.metric) << ", " << report.meanKept
       << " heads an example in " << report.masks << " different choices\nfixed:    " << report.metric.name << ' '
       << metricText(report.fixed.metric) << ", the " << report.fixed.mask.keptCount()
       << " heads kept most often\nshare of examples that each head is kept for:\n";
  text.precision(2);
  for (int block = 0; block < layout.blockCount(); ++block) {
    text << blockLabel(layout.blocks()[static_cast<size_t>(block)].id, layout.onlyOneKind());
    for (int head = 0; head < layout.headsIn(block); ++head)
      text << '\t' << report.keepFrequency[static_cast<size_t>(layout.flat({block, head}))];
    text << '\n';
  }
  return text.str();
}

nlohmann::ordered_json metricJson(const MetricValue& metric) {
  return {{"value", metric.value}, {"low", metric.low}, {"high", metric.high}, {"examples", metric.examples}};
}

Result runtime(const RuntimeOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  const ModelSummary model = openModel(workspace, {options.model}, context);
  (void)openData(workspace,
                 {options.data, options.dev, options.columns.texts, options.columns.label, options.maxLength, 0},
                 context);
  RuntimeRequest request{recommendedSettings(model, "none"), options.examples};
  request.settings.method = options.method;
  request.settings.keep = options.keep;
  request.settings.steps = options.steps;
  request.settings.batch = options.batch;
  request.settings.seed = common.seed;
  const RuntimeReport report = chooseAtRunTime(workspace, request, context);
  Result result;
  result.json = nlohmann::ordered_json::parse(scoresToJson(model.layout, report.keepFrequency));
  result.json["metric"] = report.metric.name;
  result.json["by_input"] = metricJson(report.metric);
  result.json["mean_kept"] = report.meanKept;
  result.json["choices"] = report.masks;
  result.json["fixed"] = metricJson(report.fixed.metric);
  result.json["fixed_mask"] = nlohmann::ordered_json::parse(maskToJson(report.fixed.mask));
  result.json["seconds"] = report.costs.seconds;
  result.text = tableText(report, model.layout);
  return result;
}

}  // namespace

Registered addRuntime(CLI::App& app) {
  auto options = std::make_shared<RuntimeOptions>();
  CLI::App* parser =
      app.add_subcommand("runtime", "Chooses heads anew for every input, beside the best fixed mask at the same K");
  parser->add_option("MODEL", options->model, "Model folder")->required();
  parser->add_option("--data", options->data, "Training data: frequencies are taken, and ebert is trained, on these")
      ->required();
  parser->add_option("--dev", options->dev, "Data to report on")->required();
  parser->add_option("--method", options->method, "spatten or ebert")
      ->capture_default_str()
      ->check(CLI::IsMember({"spatten", "ebert"}));
  parser->add_option("--keep", options->keep, "Heads an example, in the mean")->required();
  parser->add_option("--steps", options->steps, "ebert: steps of training")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  parser->add_option("--batch", options->batch, "ebert: examples a step")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  parser->add_option("--examples", options->examples, "Training examples that frequencies are taken on; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return runtime(*options, common, context);
          }};
}

}  // namespace headroom::cli
