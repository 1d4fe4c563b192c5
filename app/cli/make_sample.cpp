// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/sample/sample_table.h"

namespace headroom::cli {

Registered addMakeSample(CLI::App& app) {
  auto request = std::make_shared<MakeSampleRequest>();
  CLI::App* parser = app.add_subcommand("make-sample", "Generates a sample's data and trains its model");
  std::string names;
  for (const Sample& sample : samples()) names += (names.empty() ? "" : ", ") + sample.name;
  parser->add_option("NAME", request->name, names)->required();
  parser->add_option("--out", request->outPath, "Folder to write")->required();
  parser->add_option("--steps", request->steps, "Training steps (default: the recipe's)");
  parser->add_flag("--force", request->overwrite, "Replace a sample that is there");
  return {parser, [request](const CommonOptions& common, const JobContext& context) {
            request->seed = common.seed;
            Workspace workspace(common.compute);
            const SampleReport report = makeSample(workspace, *request, context);
            Result result;
            result.json = {{"path", request->outPath},       {"metric", report.metric.name},
                           {"value", report.metric.value},   {"low", report.metric.low},
                           {"high", report.metric.high},     {"examples", report.metric.examples},
                           {"parameters", report.parameters}};
            result.text =
                "wrote " + request->outPath + "\nmodel " + report.metric.name + " " + describe(report.metric) + "\n";
            if (report.bleu) {
              result.json["bleu"] = report.bleu->value;
              result.text += describePlain(*report.bleu) + "\n";
            }
            if (report.wordCountAccuracy) {
              result.json["word_count_accuracy"] = *report.wordCountAccuracy;
              result.text += "word counts alone " + std::to_string(100 * *report.wordCountAccuracy) + " %\n";
            }
            return result;
          }};
}

}  // namespace headroom::cli
