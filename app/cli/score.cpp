// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <filesystem>
#include <limits>
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/base/files.h"
#include "core/base/rank_correlation.h"
#include "core/checkpoint/mask_file.h"
#include "core/checkpoint/scores_file.h"
#include "core/jobs/score_heads.h"
#include "core/store/run_file.h"

namespace headroom::cli {

namespace {

struct ScoreCommandOptions {
  std::string model, data, out, against;
  std::vector<std::string> methods;
  ScoreRequest request;
  ColumnOptions columns;
  int maxLength = 128;
};

std::string tableText(const HeadLayout& layout, const HeadScores& scores, bool ofOneK) {
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
  if (ofOneK) text << "the scores say which heads it chose for this K; they order nothing\n";
  if (!scores.halfWidths.empty()) {
    const auto [least, most] = std::minmax_element(scores.halfWidths.begin(), scores.halfWidths.end());
    text << "95 % intervals: +-" << *least << " to +-" << *most << ", by head with --json\n";
  }
  if (!scores.front.empty()) text << "found\tvalue: minus the mean loss, or with --value metric the metric\n";
  for (const ValuedMask& choice : scores.front) text << choice.mask.keptCount() << " heads\t" << choice.value << '\n';
  return text.str();
}

bool choosesOneK(const std::string& name) {
  const std::vector<MethodInfo> all = allMethods();
  return std::any_of(all.begin(), all.end(),
                     [&](const MethodInfo& method) { return method.name == name && method.ofOneK; });
}

/// What the scores of one method are written as; with several each has its own file: "scores-taylor.json".
std::string fileOf(const ScoreCommandOptions& options, const std::string& method) {
  if (options.methods.size() == 1) return options.out;
  std::filesystem::path path(options.out);
  path.replace_filename(path.stem().string() + "-" + method + path.extension().string());
  return path.string();
}

nlohmann::ordered_json scoresJson(const HeadLayout& layout, const HeadScores& scores, const std::string& method,
                                  std::uint64_t seed) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(scoresToJson(layout, scores.values));
  json["method"] = method;
  json["seed"] = seed;
  if (!scores.halfWidths.empty())
    json["half_widths"] = nlohmann::ordered_json::parse(scoresToJson(layout, scores.halfWidths))["scores"];
  json["forwards"] = scores.costs.forwards;
  json["backwards"] = scores.costs.backwards;
  json["seconds"] = scores.costs.seconds;
  json["peak_bytes"] = scores.costs.peakBytes;
  json["note"] = scores.note;
  for (const ValuedMask& choice : scores.front)
    json["front"].push_back({{"heads", choice.mask.keptCount()},
                             {"value", choice.value},
                             {"kept", nlohmann::ordered_json::parse(maskToJson(choice.mask))["kept"]}});
  return json;
}

/// Opens the model, or the run's, and the examples; returns the heads' layout.
HeadLayout openAll(Workspace& workspace, const ScoreCommandOptions& options, const JobContext& context) {
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
  (void)openData(workspace, data, context);
  return layout;
}

/// Several methods share one pass.
std::vector<HeadScores> scoresOf(Workspace& workspace, const ScoreCommandOptions& options, const CommonOptions& common,
                                 const JobContext& context) {
  std::vector<ScoreRequest> requests;
  for (const std::string& method : options.methods) {
    requests.push_back(options.request);
    requests.back().method = method;
    requests.back().options.seed = common.seed;
  }
  if (requests.size() == 1) return {scoreHeads(workspace, requests.front(), context)};
  return scoreHeadsTogether(workspace, requests, context);
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

Result score(const ScoreCommandOptions& options, const CommonOptions& common, const JobContext& context) {
  const auto began = std::chrono::steady_clock::now();
  Workspace workspace(common.compute);
  std::deque<AtomicFile> files;  // made now: a place that cannot be written to is said before the work
  if (!options.out.empty())
    for (const std::string& method : options.methods) files.emplace_back(fileOf(options, method));
  const HeadLayout layout = openAll(workspace, options, context);
  (void)unitsOf(layout, options.request.unit);
  std::optional<std::vector<double>> other;
  if (!options.against.empty()) other = readScoresFile(options.against, layout);
  const std::vector<HeadScores> all = scoresOf(workspace, options, common, context);
  Result result;
  for (size_t i = 0; i < all.size(); ++i) {
    const std::string& method = options.methods[i];
    nlohmann::ordered_json json = scoresJson(layout, all[i], method, common.seed);
    const double tau = other ? kendallTau(all[i].values, *other).value_or(kNone) : kNone;
    if (std::isfinite(tau)) json["kendall_tau"] = tau;
    if (all.size() == 1)
      result.json = std::move(json);
    else
      result.json["methods"].push_back(std::move(json));
    result.text += (all.size() > 1 ? method + "\n" : "") + tableText(layout, all[i], choosesOneK(method));
    if (std::isfinite(tau))
      result.text += "Kendall's tau-b with " + options.against + ": " + std::to_string(tau) + "\n";
    if (files.empty()) continue;
    files[i].write(scoresToJson(layout, all[i].values) + "\n");
    files[i].commit();
  }
  result.json["wall_s"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

}  // namespace

void addScoreOptions(CLI::App& parser, ScoreOptions& own, const std::string& gradientSteps) {
  parser.add_option("--absolute", own.absolute, "taylor: absolute value by token, example or batch, or none: signed")
      ->capture_default_str();
  parser.add_flag("--normalise", own.normalise, "taylor: divide each block's scores by their Euclidean norm");
  parser.add_option(gradientSteps, own.steps, "taylor: gradients on the way from closed to open gates")
      ->capture_default_str();
  parser.add_option("--salience", own.salience, "group-taylor: first, second, mix or vector")->capture_default_str();
  parser.add_flag("!--over-all-blocks", own.uniform, "group-taylor: rank over all blocks, not the same share of each");
  parser.add_option("--norm", own.norm, "output-norm: projected or plain")->capture_default_str();
  parser.add_option("--value", own.value, "methods that search: loss or metric")->capture_default_str();
  parser.add_option("--permutations", own.permutations, "shapley: at most so many random orders")
      ->capture_default_str();
  parser.add_option("--truncate", own.truncate, "shapley: end an order this share of the way to no heads; 0 = never")
      ->capture_default_str();
  parser.add_option("--beam", own.beam, "a-star: choices of one size that it goes on from")->capture_default_str();
  parser.add_option("--population", own.population, "evolutionary: choices that live at once")->capture_default_str();
  parser.add_option("--generations", own.generations, "evolutionary")->capture_default_str();
}

Registered addScore(CLI::App& app) {
  auto options = std::make_shared<ScoreCommandOptions>();
  CLI::App* parser = app.add_subcommand("score", "Judges every head of a trained model; the scores order a sweep");
  parser->add_option("MODEL", options->model, "Model folder or run file")->required();
  parser
      ->add_option("--method", options->methods,
                   "A post-hoc name from `headroom-cli methods`; several that take one pass, with commas, share it")
      ->required()
      ->delimiter(',')
      ->transform(methodNamed);
  parser->add_option("--data", options->data, "Examples to judge heads on (default: the run's training data)");
  parser
      ->add_option("--examples", options->request.examples,
                   "At most so many of them (of question answering: questions), chosen by the seed; 0 = all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  parser->add_option("--max-length", options->maxLength, "Tokens an example")->capture_default_str();
  addScoreOptions(*parser, options->request.options, "--steps");
  parser->add_option("--keep", options->request.keep,
                     "a-star, evolutionary: how many heads (with --unit group: key/value groups) to choose");
  parser->add_option(
      "--lost", options->request.options.lost,
      "a-star: instead of --keep: removes as many as cost at most this much loss, or with --value metric metric");
  addUnitOption(*parser, options->request.unit);
  parser->add_option("--against", options->against, "Scores file: says how far the two orders agree (Kendall's tau-b)");
  parser->add_option("--out", options->out, "Scores file to write, for sweep --order");
  addColumnOptions(*parser, options->columns);
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return score(*options, common, context);
          }};
}

}  // namespace headroom::cli
