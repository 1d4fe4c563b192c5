// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"

namespace headroom::cli {

namespace {

struct PruneOptions {
  std::string model, mask, data;
  ColumnOptions columns;
  PruneRequest request;
};

Result prune(const PruneOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  PruneRequest request = options.request;
  if (std::filesystem::is_regular_file(options.model)) {
    const RunSnapshot run = openRun(workspace, options.model, context);
    if (!options.mask.empty()) {
      request.mask = readMaskFile(options.mask, run.layout);
    } else if (run.report) {
      request.mask = run.report->mask;
    } else {
      throw Error(ErrorKind::BadInput,
                  options.model + ": the run is unfinished and has no mask; give one with --mask, or resume it");
    }
  } else {
    const ModelSummary model = openModel(workspace, {options.model}, context);
    if (options.mask.empty()) throw Error(ErrorKind::Usage, "--mask: found none, expected a headroom-mask/1 file");
    request.mask = readMaskFile(options.mask, model.layout);
  }
  if (!options.data.empty())
    (void)openData(workspace, {"", options.data, options.columns.texts, options.columns.label, 128, 0}, context);
  const PruneReport report = pruneModel(workspace, request, context);
  Result result;
  result.json = {{"path", report.path},
                 {"form", report.form},
                 {"max_abs_diff", report.maxAbsDiff},
                 {"same_predictions", report.samePredictions},
                 {"examples", report.examples},
                 {"bytes", report.bytes},
                 {"parameters", report.parameters},
                 {"full_parameters", report.fullParameters},
                 {"folded_value_bias", report.foldedValueBias},
                 {"kept", request.mask.keptCount()},
                 {"kept_kv", request.mask.keptKeyValueCount()}};
  std::ostringstream text;
  text << "wrote " << report.path << " (" << report.form << "): " << request.mask.keptCount() << " heads"
       << keyValuesText(request.mask) << ", " << report.parameters << " of " << report.fullParameters << " parameters, "
       << report.bytes << " bytes"
       << (report.foldedValueBias ? "; value biases of the removed heads are folded into the output biases" : "")
       << "\nreopened and compared: " << report.samePredictions << " of " << report.examples
       << " predictions equal, largest difference " << report.maxAbsDiff << "\n";
  result.text = text.str();
  return result;
}

}  // namespace

Registered addPrune(CLI::App& app) {
  auto options = std::make_shared<PruneOptions>();
  CLI::App* parser =
      app.add_subcommand("prune", "Writes the model without the heads outside a mask, reopens and compares it");
  parser
      ->add_option("MODEL", options->model,
                   "Model folder, or run file (its trained weights and, without --mask, its mask)")
      ->required();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file");
  parser
      ->add_option("--form", options->request.form,
                   "compact: smaller and faster; zeroed: loads in any version; onnx: compact, for ONNX runtimes")
      ->capture_default_str();
  parser->add_flag(
      "--fold-value-bias", options->request.foldValueBias,
      "Removed heads leave their value bias behind, in the output bias (without: nothing, as the mask measures)");
  parser->add_option("--out", options->request.outPath, "Folder to write")->required();
  parser->add_option("--data", options->data, "Texts to compare on (default: random tokens)");
  parser->add_flag("--force", options->request.overwrite, "Replace a model that is there");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return prune(*options, common, context);
          }};
}

}  // namespace headroom::cli
