// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"
#include "core/jobs/predict_example.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct PredictOptions {
  std::string model, data, mask;
  ColumnOptions columns;
  PredictExampleRequest request;
};

nlohmann::ordered_json toJson(const Prediction& prediction) {
  if (prediction.choices.empty()) return {{"text", prediction.text}};
  auto choices = nlohmann::ordered_json::array();
  for (const Choice& choice : prediction.choices)
    choices.push_back({{"name", choice.name}, {"probability", choice.probability}, {"right", choice.right}});
  return {{"choices", choices}};
}

std::string toText(const char* title, const Prediction& prediction) {
  std::ostringstream text;
  text.precision(3);
  text << title << ":";
  if (prediction.choices.empty()) text << " " << prediction.text;
  for (const Choice& choice : prediction.choices)
    text << "  " << choice.name << " " << choice.probability << (choice.right ? " (right)" : "");
  text << "\n";
  return text.str();
}

Result predict(const PredictOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  PredictExampleRequest request = options.request;
  OpenDataRequest data{"", options.data, options.columns.texts, options.columns.label, 128, 0};
  if (std::filesystem::is_regular_file(options.model)) {
    const RunSnapshot run = openRun(workspace, options.model, context);
    request.mask = run.report ? run.report->mask : HeadMask(run.layout);
    if (data.devPath.empty()) data.devPath = run.devPath;
    data.maxLength = run.settings.maxLength;
  } else {
    request.mask = HeadMask(openModel(workspace, {options.model}, context).layout);
  }
  if (!options.mask.empty()) request.mask = readMaskFile(options.mask, request.mask.layout());
  if (data.devPath.empty())
    throw Error(ErrorKind::Usage, "--data: found none, expected the data that the example is from");
  (void)openData(workspace, data, context);
  const ExamplePrediction found = predictExample(workspace, request, context);
  Result result;
  result.json = {{"index", found.index},           {"examples", found.count},     {"text", found.text},
                 {"second", found.second},         {"expected", found.expected},  {"full", toJson(found.full)},
                 {"masked", toJson(found.masked)}, {"mask_hash", found.maskHash}, {"kept", request.mask.keptCount()}};
  result.text = (found.text.empty() ? "example " + std::to_string(found.index) : found.text) +
                (found.second.empty() ? "" : "\n" + found.second) + "\nexpected: " + found.expected + "\n" +
                toText("every head", found.full) +
                toText((std::to_string(request.mask.keptCount()) + " heads").c_str(), found.masked);
  return result;
}

}  // namespace

Registered addPredict(CLI::App& app) {
  auto options = std::make_shared<PredictOptions>();
  CLI::App* parser =
      app.add_subcommand("predict", "What the model makes of one example, with every head and under a mask");
  parser
      ->add_option("MODEL", options->model,
                   "Model folder, or run file (its trained weights and, without --mask, its mask)")
      ->required();
  parser->add_option("--data", options->data, "The data that the example is from (default: the run's dev set)");
  parser->add_option("--index", options->request.index, "Which example, from 0")->capture_default_str();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file (default: every head)");
  parser->add_option("--choices", options->request.mostChoices, "At most so many classes or tokens")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return predict(*options, common, context);
          }};
}

}  // namespace headroom::cli
