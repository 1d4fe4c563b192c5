// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/mask_file.h"
#include "core/jobs/measure_latency.h"

namespace headroom::cli {

namespace {

struct LatencyOptions {
  std::string model, mask;
  LatencySettings settings;
  std::optional<int> length;
  bool evenIfBusy = false;
};

/// Numbers of a busy machine are an error unless they were asked for.
void requireQuiet(const std::string& busy, const LatencyOptions& options) {
  if (!busy.empty() && !options.evenIfBusy)
    throw Error(ErrorKind::Busy,
                busy + "; close other programs and measure again, or take the numbers as they are with --even-if-busy");
}

nlohmann::ordered_json tableJson(const LatencyTable& table) {
  auto blocks = nlohmann::ordered_json::array();
  for (const BlockCosts& costs : table.blocks)
    blocks.push_back({{"blocks", costs.group},
                      {"heads", costs.heads},
                      {"ms", costs.ms},
                      {"intercept", costs.intercept},
                      {"slope", costs.slope},
                      {"kv_head_ms", costs.keyValueMs}});
  auto rests = nlohmann::ordered_json::array();
  for (const LayerRest& rest : table.rests)
    rests.push_back(
        {{"stack", rest.stack == Stack::Encoder ? "encoder" : "decoder"}, {"layers", rest.layers}, {"ms", rest.ms}});
  const bool any = !table.blocks.empty();
  return {{"table", blocks},
          {"rest_of_layer", rests},
          {"ends_ms", table.endsMs},
          {"intercept", any ? table.blocks.front().intercept : 0},
          {"slope", any ? table.blocks.front().slope : 0},
          {"batch", table.settings.batch},
          {"length", table.settings.length},
          {"device", table.device},
          {"dtype", table.dtype},
          {"machine", table.machine},
          {"threads", table.threads},
          {"libtorch", table.libtorch},
          {"measured", table.measured},
          {"spread", table.spread},
          {"drift", table.drift},
          {"busy", table.busy}};
}

std::string tableText(const LatencyTable& table) {
  std::ostringstream text;
  text.precision(3);
  text << table.device << ", " << table.dtype << ", batch " << table.settings.batch << " x " << table.settings.length
       << ", spread " << table.spread << "\n";
  for (const BlockCosts& costs : table.blocks) {
    text << costs.group << ": " << costs.intercept << " ms to keep a block + " << costs.slope << " ms a head\n  heads";
    for (const int heads : costs.heads) text << '\t' << heads;
    text << "\n  ms";
    for (const double ms : costs.ms) text << '\t' << ms;
    text << "\n";
  }
  for (const LayerRest& rest : table.rests)
    text << "rest of a layer (" << (rest.stack == Stack::Encoder ? "encoder" : "decoder") << "): " << rest.ms
         << " ms in each of " << rest.layers << "\n";
  text << "embeddings and head: " << table.endsMs << " ms\n";
  return text.str();
}

void addMask(Result& result, const LatencyTable& table, const HeadMask& mask, const VerifiedLatency& verified) {
  const HeadMask full(mask.layout());
  const double predicted = table.predict(mask), predictedFull = table.predict(full);
  const double attention = table.predictAttention(mask), attentionFull = table.predictAttention(full);
  result.json["predicted_ms"] = predicted;
  result.json["measured_ms"] = verified.ms;
  result.json["full_ms"] = verified.fullMs;
  result.json["predicted_full_ms"] = predictedFull;
  result.json["prediction_error"] = predicted / verified.ms - 1;
  result.json["speed_up"] = verified.fullMs / verified.ms;
  result.json["attention_speed_up"] =
      attention > 0 ? nlohmann::ordered_json(attentionFull / attention) : nlohmann::ordered_json();
  result.json["attention_share"] = attentionFull / predictedFull;
  result.json["kept"] = mask.keptCount();
  result.json["mask_hash"] = mask.hash();
  std::ostringstream text;
  text.precision(3);
  text << mask.keptCount() << " of " << mask.headCount() << " heads: predicted " << predicted << " ms, measured "
       << verified.ms << " ms, unpruned " << verified.fullMs << " ms; whole model " << verified.fullMs / verified.ms
       << " times as fast";
  if (attention > 0)
    text << ", attention alone " << attentionFull / attention << " times (it takes "
         << 100 * attentionFull / predictedFull << " % of the unpruned time)";
  result.text += text.str() + "\n";
}

/// Stores the table in the run that was measured; one that cannot take it is no reason to lose the numbers.
void keepIn(const std::string& run, const LatencyTable& table, Result& result) {
  try {
    keepLatency(run, table);
    result.json["kept_in_run"] = true;
    result.text += "kept in " + run + "\n";
  } catch (const Error& error) {
    result.json["kept_in_run"] = false;
    result.json["not_kept"] = error.what();
    result.text += std::string("not kept in the run: ") + error.what() + "\n";
  }
}

Result latency(const LatencyOptions& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  LatencySettings settings = options.settings;
  settings.seed = common.seed;
  settings.length = lengthToTime(options.length, options.model);
  HeadLayout layout;
  std::optional<HeadMask> mask;
  const bool isRun = std::filesystem::is_regular_file(options.model);
  if (isRun) {
    const RunSnapshot run = openRun(workspace, options.model, context);
    layout = run.layout;
    if (run.report) mask = run.report->mask;
  } else {
    layout = openModel(workspace, {options.model}, context).layout;
  }
  if (!options.mask.empty()) mask = readMaskFile(options.mask, layout);
  const LatencyTable table = measureLatency(workspace, settings, context);
  requireQuiet(table.busy, options);
  Result result{tableJson(table), tableText(table)};
  if (isRun) keepIn(options.model, table, result);
  const VerifiedLatency verified = verifyLatency(workspace, mask.value_or(HeadMask(layout)), settings, context);
  requireQuiet(verified.busy, options);
  addMask(result, table, mask.value_or(HeadMask(layout)), verified);
  return result;
}

}  // namespace

Registered addLatency(CLI::App& app) {
  auto options = std::make_shared<LatencyOptions>();
  CLI::App* parser = app.add_subcommand(
      "latency",
      "What heads cost on this machine: a layer's time against the heads left in it, and the whole model under a mask");
  parser
      ->add_option("MODEL", options->model,
                   "Model folder, or run file (its trained weights and, without --mask, its mask), which keeps the "
                   "table")
      ->required();
  parser->add_option("--mask", options->mask, "headroom-mask/1 file (default: every head)");
  parser->add_option("--batch", options->settings.batch, "Texts or images a pass")->capture_default_str();
  parser->add_option("--length", options->length, "Tokens a text (default 128, or as many as the model takes)");
  parser
      ->add_option("--seconds", options->settings.secondsAtMost,
                   "At most so long for the table, and again for the mask")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 3600.0));
  parser->add_flag("--even-if-busy", options->evenIfBusy,
                   "Give the numbers although the machine was too busy to believe them");
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return latency(*options, common, context);
          }};
}

}  // namespace headroom::cli
