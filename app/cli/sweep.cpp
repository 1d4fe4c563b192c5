// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <iostream>
#include <optional>

#include "app/cli/command_line.h"
#include "app/cli/run_data.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/scores_file.h"
#include "core/jobs/type_disagreement.h"
#include "core/report/curve_csv.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct SweepOptions {
  std::string model, data, order, out;
  std::optional<std::string> unit;
  ColumnOptions columns;
  std::optional<std::int64_t> maxExamples;
  bool coarse = false;
};

nlohmann::ordered_json curveJson(const Curve& curve) {
  auto points = nlohmann::ordered_json::array();
  for (const CurvePoint& point : curve.points)
    points.push_back({{"kept", point.kept},
                      {"kept_kv", curve.maskFor(point.kept).keptKeyValueCount()},
                      {"value", point.metric.value},
                      {"low", point.metric.low},
                      {"high", point.metric.high},
                      {"examples", point.metric.examples},
                      {"loss", point.loss},
                      {"to_full", point.toFull.value},
                      {"to_full_low", point.toFull.low},
                      {"to_full_high", point.toFull.high},
                      {"trained", point.trained},
                      {"mask_hash", point.maskHash}});
  return {{"points", points},
          {"full",
           {{"value", curve.full.value},
            {"low", curve.full.low},
            {"high", curve.full.high},
            {"examples", curve.full.examples}}},
          {"order", curve.order},
          {"order_origin", curve.orderOrigin},
          {"naive_forwards", curve.naiveForwards},
          {"forwards", curve.forwards},
          {"layer_share", curve.layerShare}};
}

bool isRunsOwn(const OpenDataRequest& data, const RunHeader& run) {
  return data.devPath == run.devPath && data.textColumns == run.textColumns && data.labelColumn == run.labelColumn &&
         data.maxExamples == run.maxDevExamples;
}

/// A stop says whether there is something to go on with.
Curve sweepOrSayWhatIsKept(Workspace& workspace, const SweepRequest& request, const JobContext& context) {
  try {
    return sweepCurve(workspace, request, context);
  } catch (const Cancelled&) {
    if (request.runPath.empty() || !std::filesystem::exists(sweepProgressPath(request.runPath))) throw;
    throw Stopped("what was measured is kept with " + request.runPath + "; the same command goes on");
  }
}

Result sweep(const SweepOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  SweepRequest request;
  HeadLayout layout;
  OpenDataRequest data{
      "", options.data, options.columns.texts, options.columns.label, 128, options.maxExamples.value_or(0)};
  if (std::filesystem::is_regular_file(options.model)) {
    const RunSnapshot run = openRun(workspace, options.model, context);
    layout = run.layout;
    const RunHeader header = readRunHeader(options.model);
    data = devDataOfRun(header, options.data, options.columns, options.maxExamples);
    request.trainedKeep = run.settings.keep;
    request.unit = run.settings.unit;
    request.orderOrigin = "log alpha of " + options.model;
    // The run file keeps the curve of its own dev set in float32; a few points do not replace a whole one.
    const bool worthKeeping =
        common.compute.dtype == "float32" && !(options.coarse && run.curve && run.curve->complete);
    if (options.order.empty() && worthKeeping && isRunsOwn(data, header)) request.runPath = options.model;
  } else {
    layout = openModel(workspace, {options.model}, context).layout;
    if (options.order.empty())
      throw Error(ErrorKind::Usage,
                  "--order: found none, expected a scores file that ranks the heads (or a run in place of the model)");
  }
  if (options.unit && *options.unit != request.unit) {
    request.trainedKeep = -1;
    request.runPath.clear();
    request.unit = *options.unit;
  }
  (void)unitsOf(layout, request.unit);
  if (data.devPath.empty()) throw Error(ErrorKind::Usage, "--data: found none, expected labelled texts");
  if (!options.order.empty()) {
    request.scores = readScoresFile(options.order, layout);
    request.orderOrigin = options.order;
    request.trainedKeep = -1;
  }
  std::optional<AtomicFile> out;  // made now: a place that cannot be written to is said before the work
  if (!options.out.empty()) out.emplace(options.out);
  request.exact = !options.coarse;
  (void)openData(workspace, data, context);
  const Curve curve = sweepOrSayWhatIsKept(workspace, request, context);
  Result result;
  result.json = curveJson(curve);
  if (!curve.notSaved.empty()) {
    result.json["not_saved"] = curve.notSaved;
    std::cerr << "the curve was not saved in the run: " << curve.notSaved << std::endl;
  }
  result.text = curveCsv(curve);
  if (const auto disagreement = measureTypeDisagreement(workspace, HeadMask(layout), context)) {
    result.json["disagreement"] = toJson(*disagreement);
    if (!common.json) std::cerr << describe(*disagreement);  // standard output is the table's
  }
  if (out) {
    out->write(options.out.ends_with(".csv") ? result.text : result.json.dump(1) + "\n");
    out->commit();
  }
  return result;
}

}  // namespace

Registered addSweep(CLI::App& app) {
  auto options = std::make_shared<SweepOptions>();
  CLI::App* parser = app.add_subcommand(
      "sweep", "Accuracy at every number of kept heads; a run keeps what is measured, the same command goes on");
  parser->add_option("MODEL", options->model, "Run file (ranked by log alpha), or model folder with --order")
      ->required();
  parser->add_option("--data", options->data, "Labelled texts (default: the run's dev set)");
  parser->add_option("--order", options->order, "Scores file: keep the largest first");
  parser->add_option(
      "--unit", options->unit,
      "Step by head, or by group: a key/value head with all query heads that read it (default: as the run)");
  parser->add_option("--out", options->out, "Curve to write: .csv or .json");
  parser->add_flag(
      "--coarse", options->coarse,
      "Only so many numbers of heads that the others lie between them, within the intervals; a tenth of the cost");
  parser->add_option("--max-examples", options->maxExamples, "At most so many, chosen at random");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return sweep(*options, common, context);
          }};
}

}  // namespace headroom::cli
