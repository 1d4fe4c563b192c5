// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/checkpoint/scores_file.h"
#include "core/jobs/score_heads.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct Options {
  std::string model, data, out;
  ScoreRequest request;
  ColumnOptions columns;
  int maxLength = 128;
};

std::string tableText(const HeadLayout& layout, const HeadScores& scores) {
  std::ostringstream text;
  text.precision(3);
  for (int block = 0; block < layout.blockCount(); ++block) {
    text << blockLabel(layout.blocks()[static_cast<size_t>(block)].id, layout.onlyOneKind());
    for (int head = 0; head < layout.headsIn(block); ++head)
      text << '\t' << scores.values[static_cast<size_t>(layout.flat({block, head}))];
    text << '\n';
  }
  text << scores.costs.forwards << " forward and " << scores.costs.backwards << " backward passes over the examples, "
       << scores.costs.seconds << " s, " << scores.costs.peakBytes / 1e6 << " MB at most"
       << (scores.note.empty() ? "" : "; " + scores.note) << '\n';
  return text.str();
}

Result score(const Options& options, const CommonOptions& common, const JobContext& context) {
  Workspace workspace(common.compute);
  ScoreRequest request = options.request;
  request.options.seed = common.seed;
  const bool isRun = std::filesystem::is_regular_file(options.model);
  const HeadLayout layout =
      isRun ? openRun(workspace, options.model, context).layout : openModel(workspace, {options.model}, context).layout;
  OpenDataRequest data{options.data, "", options.columns.texts, options.columns.label, options.maxLength, 0};
  if (isRun && data.trainPath.empty()) {
    const RunHeader header = readRunHeader(options.model);
    data = {header.trainPath, "", header.textColumns, header.labelColumn, header.settings.maxLength, 0};
  }
  if (data.trainPath.empty())
    throw Error(ErrorKind::Usage, "--data: found none, expected the examples to judge heads on");
  std::optional<AtomicFile> out;  // made now: a place that cannot be written to is said before the work
  if (!options.out.empty()) out.emplace(options.out);
  (void)openData(workspace, data, context);
  const HeadScores scores = scoreHeads(workspace, request, context);
  Result result;
  result.json = nlohmann::ordered_json::parse(scoresToJson(layout, scores.values));
  result.json["method"] = request.method;
  result.json["seed"] = common.seed;
  if (!scores.halfWidths.empty())
    result.json["half_widths"] = nlohmann::ordered_json::parse(scoresToJson(layout, scores.halfWidths))["scores"];
  result.json["forwards"] = scores.costs.forwards;
  result.json["backwards"] = scores.costs.backwards;
  result.json["seconds"] = scores.costs.seconds;
  result.json["peak_bytes"] = scores.costs.peakBytes;
  result.json["note"] = scores.note;
  result.text = tableText(layout, scores);
  if (out) {
    out->write(scoresToJson(layout, scores.values) + "\n");
    out->commit();
  }
  return result;
}

}  // namespace

Registered addScore(CLI::App& app) {
  auto options = std::make_shared<Options>();
  ScoreOptions& own = options->request.options;
  CLI::App* parser = app.add_subcommand("score", "Judges every head of a trained model; the scores order a sweep");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser->add_option("--method", options->request.method, "A post-hoc name from `headroom-cli methods`")->required();
  parser->add_option("--data", options->data, "Examples to judge heads on (default: the run's training data)");
  parser->add_option("--examples", options->request.examples, "At most so many of them, chosen by the seed; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  parser->add_option("--absolute", own.absolute, "taylor: absolute value by token, example or batch, or none: signed")
      ->capture_default_str();
  parser->add_flag("--normalise", own.normalise, "taylor: divide each block's scores by their Euclidean norm");
  parser->add_option("--steps", own.steps, "taylor: gradients on the way from closed to open gates")
      ->capture_default_str();
  parser->add_option("--salience", own.salience, "group-taylor: first, second, mix or vector")->capture_default_str();
  parser->add_flag("!--over-all-blocks", own.uniform, "group-taylor: rank over all blocks, not the same share of each");
  parser->add_option("--norm", own.norm, "output-norm: projected or plain")->capture_default_str();
  parser->add_option("--value", own.value, "leave-one-out, shapley, greedy: loss or metric")->capture_default_str();
  parser->add_option("--permutations", own.permutations, "shapley: at most so many random orders")
      ->capture_default_str();
  parser->add_option("--truncate", own.truncate, "shapley: end an order this share of the way to no heads; 0 = never")
      ->capture_default_str();
  parser->add_option("--out", options->out, "Scores file to write, for sweep --order");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return score(*options, common, context);
          }};
}

}  // namespace headroom::cli
