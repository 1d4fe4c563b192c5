// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "app/cli/run_data.h"
#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"
#include "core/checkpoint/scores_file.h"
#include "core/jobs/propose_mask.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct ProposeOptions {
  std::string model, data, order, out;
  std::optional<double> mostMs, mostPoints;
  LatencySettings latency;
  ColumnOptions columns;
  std::optional<std::int64_t> maxExamples;
  std::optional<int> length;
  bool evenIfBusy = false;
  bool storedLatency = false;
};

nlohmann::ordered_json choiceJson(const MaskChoice& choice) {
  return {{"kept", choice.mask.keptCount()},
          {"live_blocks", choice.mask.liveBlocks()},
          {"ms", choice.ms},
          {"value", choice.metric.value},
          {"low", choice.metric.low},
          {"high", choice.metric.high},
          {"to_full", choice.toFull.value},
          {"to_full_low", choice.toFull.low},
          {"to_full_high", choice.toFull.high},
          {"pareto", choice.pareto},
          {"mask_hash", choice.mask.hash()}};
}

std::string choiceText(const MaskChoice& choice) {
  std::ostringstream text;
  text.precision(3);
  text << choice.mask.keptCount() << " heads in " << choice.mask.liveBlocks() << " blocks: " << choice.ms << " ms, "
       << describe(choice.metric) << ", " << 100 * choice.toFull.value << " points to the unpruned model ("
       << 100 * choice.toFull.low << " to " << 100 * choice.toFull.high << ")";
  return text.str();
}

/// The run's own table, where it was measured as it would be now.
LatencyTable storedTable(const RunSnapshot& run, const LatencySettings& wish, const DeviceSummary& here) {
  const std::string remedy = "measure it with headroom-cli latency " + run.path;
  if (run.latencies.empty())
    throw Error(ErrorKind::BadInput, run.path + ": --stored-latency: found no latency table, expected one; " + remedy);
  LatencyTable wanted;
  wanted.settings = wish;
  wanted.dtype = here.dtype;
  wanted.device = here.name;
  wanted.machine = here.machine;
  wanted.threads = here.threads;
  const auto fits = [&](const LatencyTable& table) { return wanted.sameConditionsAs(table); };
  const auto found = std::find_if(run.latencies.begin(), run.latencies.end(), fits);
  if (found == run.latencies.end())
    throw Error(ErrorKind::BadInput, run.path + ": --stored-latency: found times at " +
                                         run.latencies.front().conditions() + ", expected " + wanted.conditions() +
                                         "; " + remedy);
  return *found;
}

/// Opens model and dev data; the scores' own unit where a run says it.
ProposeRequest prepare(const ProposeOptions& options, Workspace& workspace, const JobContext& context) {
  ProposeRequest request;
  request.latency = options.latency;
  request.latency.length = lengthToTime(options.length, options.model);
  request.demand.mostMs = options.mostMs;
  if (options.mostPoints) request.demand.mostLost = *options.mostPoints / 100;
  OpenDataRequest data{
      "", options.data, options.columns.texts, options.columns.label, 128, options.maxExamples.value_or(0)};
  HeadLayout layout;
  if (std::filesystem::is_regular_file(options.model)) {
    const RunSnapshot run = openRun(workspace, options.model, context);
    const RunHeader header = readRunHeader(options.model);
    layout = run.layout;
    request.unit = run.settings.unit;
    if (options.storedLatency) request.table = storedTable(run, request.latency, describeDevice(workspace));
    data = devDataOfRun(header, options.data, options.columns, options.maxExamples);
  } else {
    if (options.storedLatency)
      throw Error(ErrorKind::Usage, "--stored-latency: found a model folder, expected a run file that has a table");
    layout = openModel(workspace, {options.model}, context).layout;
    if (options.order.empty())
      throw Error(ErrorKind::Usage,
                  "--order: found none, expected a scores file that ranks the heads (or a run in place of the model)");
  }
  if (data.devPath.empty()) throw Error(ErrorKind::Usage, "--data: found none, expected labelled texts");
  if (!options.order.empty()) request.scores = readScoresFile(options.order, layout);
  (void)openData(workspace, data, context);
  return request;
}

Result propose(const ProposeOptions& options, const CommonOptions& common, const JobContext& context) {
  if (!options.mostMs && !options.mostPoints)
    throw Error(ErrorKind::Usage,
                "propose: found neither --at-most-ms nor --at-most-lost, expected one of them or both");
  Workspace workspace(common.compute);
  ProposeRequest request = prepare(options, workspace, context);
  request.latency.seed = common.seed;
  request.evenIfBusy = options.evenIfBusy;
  Proposal proposal;
  try {
    proposal = proposeMask(workspace, request, context);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::Busy) throw;
    throw Error(ErrorKind::Busy,
                std::string(error.what()) +
                    "; close other programs and measure again, or take the numbers as they are with --even-if-busy");
  }
  Result result;
  result.json = {{"batch", options.latency.batch},      {"length", proposal.table.settings.length},
                 {"device", proposal.table.device},     {"dtype", proposal.table.dtype},
                 {"measured", proposal.table.measured}, {"busy", proposal.table.busy}};
  result.json["pareto"] = nlohmann::ordered_json::array();
  result.text = "Better and faster than all others (batch " + std::to_string(options.latency.batch) + " x " +
                std::to_string(proposal.table.settings.length) + " on " + proposal.table.device + "):\n";
  for (const MaskChoice& choice : proposal.choices) {
    if (!choice.pareto) continue;
    result.json["pareto"].push_back(choiceJson(choice));
    result.text += "  " + choiceText(choice) + "\n";
  }
  if (!proposal.best)
    throw Error(ErrorKind::BadInput, "propose: found no mask that meets the demand; the fastest one takes " +
                                         std::to_string(proposal.choices.front().ms) + " ms");
  const MaskChoice& best = proposal.choices[*proposal.best];
  result.json["choice"] = choiceJson(best);
  result.json["mask"] = nlohmann::ordered_json::parse(maskToJson(best.mask));
  result.text += "Take " + choiceText(best) + "\n";
  if (!options.out.empty()) writeMaskFile(options.out, best.mask);
  return result;
}

}  // namespace

Registered addPropose(CLI::App& app) {
  auto options = std::make_shared<ProposeOptions>();
  CLI::App* parser = app.add_subcommand(
      "propose", "The best mask within a time, or the fastest within a loss of accuracy, as measured on this machine");
  parser->add_option("MODEL", options->model, "Run file (ranked by log alpha), or model folder with --order")
      ->required();
  parser->add_option("--at-most-ms", options->mostMs, "Of a pass, milliseconds")->check(CLI::PositiveNumber);
  parser
      ->add_option("--at-most-lost", options->mostPoints,
                   "Points (hundredths) of the metric, against the unpruned model")
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--data", options->data, "Labelled texts (default: the run's dev set)");
  parser->add_option("--order", options->order, "Scores file: keep the largest first");
  parser->add_option("--batch", options->latency.batch, "Texts or images a pass")->capture_default_str();
  parser->add_option("--length", options->length, "Tokens a text (default 128, or as many as the model takes)");
  parser->add_option("--seconds", options->latency.secondsAtMost, "At most so long for measuring layers")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  parser->add_option("--max-examples", options->maxExamples, "At most so many, chosen at random");
  parser->add_option("--out", options->out, "Mask file to write");
  parser->add_flag("--stored-latency", options->storedLatency,
                   "Take the layers' times that the run keeps, where they were measured here with the same batch, "
                   "length, type and threads");
  parser->add_flag("--even-if-busy", options->evenIfBusy,
                   "Choose although the machine was too busy to believe its times");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return propose(*options, common, context);
          }};
}

}  // namespace headroom::cli
