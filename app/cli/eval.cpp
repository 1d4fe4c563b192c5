// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/command_line.h"
#include "core/checkpoint/mask_file.h"

namespace headroom::cli {

Registered addEval(CLI::App& app) {
  struct Options {
    std::string model, data, mask;
    ColumnOptions columns;
    std::int64_t maxExamples = 0;
    int maxLength = 128;
  };
  auto options = std::make_shared<Options>();
  CLI::App* parser = app.add_subcommand("eval", "Accuracy on labelled texts, with its interval");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser->add_option("--data", options->data, "TSV, CSV or JSON lines")->required();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  parser->add_option("--max-examples", options->maxExamples, "At most so many, chosen at random");
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            Workspace workspace(common.compute);
            const ModelSummary model = openModel(workspace, {options->model}, context);
            const DataSummary data = openData(
                workspace, {"", options->data, options->columns.texts, options->columns.label, options->maxLength, options->maxExamples}, context);
            EvaluateMaskRequest request;
            request.compareWithFull = false;
            if (!options->mask.empty()) request.mask = readMaskFile(options->mask, model.layout);
            const EvalResult measured = evaluateMask(workspace, request, context);
            Result result;
            result.json = {{"metric", measured.metric.name}, {"value", measured.metric.value},       {"low", measured.metric.low},
                           {"high", measured.metric.high},   {"examples", measured.metric.examples}, {"loss", measured.loss},
                           {"kept", measured.mask.keptCount()}, {"mask_hash", measured.mask.hash()}, {"skipped_rows", data.dev.skipped}};
            result.text = measured.metric.name + " " + describe(measured.metric) + "\nloss " + std::to_string(measured.loss) + " nat, " +
                          std::to_string(measured.mask.keptCount()) + " heads kept, mask " + measured.mask.hash() + "\n";
            for (const auto& [reason, rows] : data.dev.skipped) result.text += std::to_string(rows) + " rows skipped: " + reason + "\n";
            return result;
          }};
}

}  // namespace headroom::cli
