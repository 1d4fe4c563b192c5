// SPDX-License-Identifier: GPL-3.0-or-later
#include <sstream>

#include "app/cli/command_line.h"
#include "core/base/error.h"
#include "core/checkpoint/hf_folder.h"
#include "core/jobs/search_lambda.h"
#include "core/methods/method_table.h"
#include "core/store/checkpoint_folder.h"
#include "core/store/run_json.h"

namespace headroom::cli {

namespace {

/// Settings that the user may give; what is absent comes from recommendedSettings().
struct TrainOptions {
  std::string model, data, dev, run, resume, save, recipe = "scaled", method = "passconc", unit = "head", loss = "pass";
  ColumnOptions columns;
  std::optional<int> batch, maxLength;
  std::optional<std::int64_t> keep, steps, checkpointEvery, recover;
  std::optional<double> epochs, lr, gateLr, weightDecay, warmup, lrHold, labelSmoothing, lambda, lambdaCap,
      concentratorCap, lambdaWarmup, gateStart;
  bool reopen = false, noReopen = false, freezeWeights = false, overwrite = false, hardGates = false,
       scaleByOpen = false, searchLambda = false;
};

template <typename T>
void take(T& setting, const std::optional<T>& given) {
  if (given) setting = *given;
}

/// K, in units of what is pruned.
int unitsToKeep(std::int64_t keep, const HeadUnits& units, const std::string& unit) {
  if (keep < 0 || keep > units.count())
    throw Error(
        ErrorKind::BadInput,
        "--keep: found " + std::to_string(keep) + ", expected 0 to " + std::to_string(units.count()) +
            std::string(" (the ").append(unit == "group" ? "key/value groups" : "heads").append(" of this model)"));
  return static_cast<int>(keep);
}

/// An option that changes nothing is a mistake of the user's that is said.
void refuseWhatTheMethodIgnores(const TrainOptions& options) {
  const bool passes = options.method == "pass" || options.method == "passconc",
             gates = findMethod(options.method).gates;
  const auto refuse = [&](bool given, const char* option, bool taken, const char* methods) {
    if (given && !taken)
      throw Error(ErrorKind::Usage,
                  std::string(option) + ": found --method " + options.method + ", expected " + methods);
  };
  refuse(options.recover.has_value(), "--recover", gates, "a method that trains gates");
  refuse(options.loss == "base", "--loss base", passes, "pass or passconc");
  refuse(options.lambda.has_value(), "--lambda", options.method == "l0", "l0");
  const bool penal = options.method == "l0";
  refuse(options.lambdaWarmup.has_value(), "--lambda-warmup", penal, "l0");
  refuse(options.gateStart.has_value(), "--gate-start", penal, "l0");
  refuse(options.hardGates, "--hard-gates", penal, "l0");
  refuse(options.scaleByOpen, "--scale-by-open", penal, "l0");
  refuse(options.searchLambda, "--search-lambda", penal, "l0");
  refuse(options.reopen || options.noReopen, options.reopen ? "--reopen" : "--no-reopen", gates,
         "a method that trains gates");
}

void takeNumbers(TrainSettings& settings, const TrainOptions& options) {
  take(settings.batch, options.batch);
  take(settings.maxLength, options.maxLength);
  take(settings.steps, options.steps);
  take(settings.checkpointEvery, options.checkpointEvery);
  take(settings.recover, options.recover);
  take(settings.epochs, options.epochs);
  take(settings.lr, options.lr);
  take(settings.gateLr, options.gateLr);
  take(settings.weightDecay, options.weightDecay);
  take(settings.warmup, options.warmup);
  take(settings.lrHold, options.lrHold);
  take(settings.labelSmoothing, options.labelSmoothing);
  take(settings.lambdaCap, options.lambdaCap);
  take(settings.concentratorCap, options.concentratorCap);
  take(settings.lambda, options.lambda);
  take(settings.lambdaWarmup, options.lambdaWarmup);
  take(settings.gateStart, options.gateStart);
}

TrainSettings settingsOf(const TrainOptions& options, const ModelSummary& model, std::uint64_t seed) {
  if (options.recipe != "scaled" && options.recipe != "published")
    throw Error(ErrorKind::Usage, "--recipe: found \"" + options.recipe + "\", expected scaled or published");
  TrainSettings settings = recommendedSettings(model, options.method, options.recipe == "published");
  const HeadUnits units = unitsOf(model.layout, options.unit);
  if (findMethod(options.method).gates && !options.keep)
    throw Error(ErrorKind::Usage,
                std::string("--keep: found none, expected how many ").append(options.unit).append("s to keep (0 to ") +
                    std::to_string(units.count()) + ")");
  settings.unit = options.unit;
  settings.keep = units.count();
  if (findMethod(options.method).gates) settings.keep = unitsToKeep(*options.keep, units, options.unit);
  settings.seed = seed;
  takeNumbers(settings, options);
  settings.hardGates = options.hardGates;
  settings.scaleByOpen = options.scaleByOpen;
  settings.lambdaSearched = options.searchLambda;
  settings.baseLoss = options.loss == "base";
  if (options.reopen || options.noReopen) settings.reopen = options.reopen;
  refuseWhatTheMethodIgnores(options);
  settings.freezeWeights = options.freezeWeights;
  if (options.freezeWeights && !findMethod(options.method).gates)
    throw Error(ErrorKind::Usage,
                "--freeze-weights: found --method " + options.method + ", expected a method that trains gates");
  if (settings.labelSmoothing < 0 || settings.labelSmoothing >= 1)
    throw Error(ErrorKind::BadInput,
                "--label-smoothing: found " + std::to_string(settings.labelSmoothing) + ", expected 0 to less than 1");
  if (options.steps && *options.steps < 1)
    throw Error(ErrorKind::BadInput, "--steps: found " + std::to_string(*options.steps) + ", expected 1 or more");
  return settings;
}

std::string describeReport(const TrainReport& report) {
  std::ostringstream text;
  text << report.settings.method << ", " << report.steps << " steps in " << static_cast<long>(report.wallSeconds)
       << " s\n";
  if (findMethod(report.settings.method).gates) {
    text << (report.exact ? "exactly " : "the gates did not settle; projected to the top ") << report.mask.keptCount()
         << " of " << report.mask.headCount() << " heads kept" << keyValuesText(report.mask) << ", in "
         << report.mask.liveBlocks() << " of " << report.mask.layout().blockCount() << " layers (joint probability "
         << report.jointProbability << ")\n";
    if (const std::string way = wayToK(report.settings); !way.empty()) text << "K reached by " << way << "\n";
  }
  if (report.metric.examples > 0)
    text << report.metric.name << " " << describe(report.metric) << "\nunpruned model " << describe(report.fullMetric)
         << "\n";
  text << report.keptParameters << " of " << report.fullParameters << " parameters remain\nrun " << report.runPath
       << "\n";
  return text.str();
}

std::string howToGoOn(const std::string& runPath) {
  const auto checkpoint = CheckpointFolder(runPath).newestValid();
  return (checkpoint ? "the checkpoint of step " + std::to_string(checkpoint->step) + " is written"
                     : "there is no checkpoint") +
         std::string("; go on with headroom-cli train --resume ") + runPath;
}

TrainReport trainOrSayHowToGoOn(Workspace& workspace, const TrainRequest& request, const JobContext& context) {
  try {
    return trainGates(workspace, request, context, {});
  } catch (const Cancelled&) {
    throw Stopped(howToGoOn(request.runPath));
  }
}

Result train(const TrainOptions& options, const CommonOptions& common, const JobContext& context) {
  if (options.resume.empty() && (options.model.empty() || options.data.empty() || options.run.empty()))
    throw Error(ErrorKind::Usage, "train: found no MODEL, --data or --run, expected all three (or --resume RUN)");
  // Training takes long: a place that the model cannot be saved to is said before it.
  if (!options.save.empty()) (void)HfFolderWriter(options.save, options.overwrite);
  Workspace workspace(common.compute);
  TrainRequest request;
  request.resume = !options.resume.empty();
  request.runPath = request.resume ? options.resume : options.run;
  request.overwrite = options.overwrite;
  if (!request.resume) {
    const ModelSummary model = openModel(workspace, {options.model}, context);
    request.settings = settingsOf(options, model, common.seed);
    (void)openData(
        workspace,
        {options.data, options.dev, options.columns.texts, options.columns.label, request.settings.maxLength, 0},
        context);
  }
  const std::optional<LambdaSearch> search = settleLambda(workspace, request, context);
  const TrainReport report = trainOrSayHowToGoOn(workspace, request, context);
  if (!options.save.empty()) {
    if (request.resume) (void)openRun(workspace, request.runPath, context);
    saveModel(workspace, {options.save, options.overwrite});
  }
  Result result;
  result.json = nlohmann::ordered_json::parse(trainResultJson(report).dump());
  if (search) {
    result.json["lambda_search"] = nlohmann::ordered_json::parse(toJson(*search));
    result.json["lambda_search"].erase("format");
  }
  result.text = (search ? describe(*search) + "\n" : "") + describeReport(report);
  return result;
}

/// A run goes on with its own settings: options that it would ignore are refused.
void refuseBesideResume(const CLI::App& app, const CLI::App& parser) {
  if (parser.count("--resume") == 0) return;
  std::vector<const CLI::Option*> options = parser.get_options();
  options.push_back(app.get_option("--seed"));
  for (const CLI::Option* option : options) {
    const bool fits = option->check_name("--resume") || option->check_name("--save") || option->check_name("--force");
    if (!fits && option->count() > 0) throw CLI::ExcludesError("--resume", option->get_name());
  }
}

/// How the weights are trained, for how long.
void addWeightOptions(CLI::App& parser, TrainOptions& options) {
  parser.add_option("--steps", options.steps, "Optimiser steps");
  parser.add_option("--epochs", options.epochs, "Passes over the data (default 3)")->excludes("--steps");
  parser.add_option("--batch", options.batch, "Examples a step (default 32)");
  parser.add_option("--max-length", options.maxLength, "Tokens an example (default 128)");
  parser.add_option("--lr", options.lr, "Learning rate of the weights (default: by the model's width)");
  parser.add_option("--gate-lr", options.gateLr, "Learning rate of log alpha (default 0.1, more in short runs)");
  parser.add_option("--weight-decay", options.weightDecay);
  parser.add_option("--warmup", options.warmup, "Share of the steps");
  parser.add_option("--lr-hold", options.lrHold,
                    "Share of the steps up to which the weights' rate stays at its height");
  parser.add_option("--label-smoothing", options.labelSmoothing,
                    "Share of the target's probability spread over all choices");
}

/// Of L0 alone: Voita's penalty and Shim's tricks.
void addL0Options(CLI::App& parser, TrainOptions& options) {
  parser.add_option("--lambda", options.lambda,
                    "l0: weight of the penalty (default 0.05); K is then the top of log alpha");
  parser.add_flag("--search-lambda", options.searchLambda,
                  "l0: first finds the lambda that leaves K gates open, by bisection over whole runs");
  parser.add_option("--lambda-warmup", options.lambdaWarmup, "l0: share of the steps over which lambda rises");
  parser.add_option("--gate-start", options.gateStart, "l0: log alpha of every gate at first (default: drawn)");
  parser.add_flag("--hard-gates", options.hardGates, "l0: gates of 0 or 1, gradients straight through");
  parser.add_flag("--scale-by-open", options.scaleByOpen,
                  "l0: a block's outputs scaled by its heads / its open heads; needs --recover");
}

/// What pushes the gates, and what is done with them.
void addGateOptions(CLI::App& parser, TrainOptions& options) {
  parser
      .add_option("--loss", options.loss,
                  "What PASS and PASSCONC push the gates with: pass, or base: the paper's Eq. 6, with its local optima")
      ->capture_default_str()
      ->check(CLI::IsMember({"pass", "base"}));
  parser.add_option("--lambda-cap", options.lambdaCap, "Bound of lambda until the last reopening");
  parser.add_option("--concentrator-cap", options.concentratorCap,
                    "Bound of lambda_c, the weight of PASSCONC's concentrator");
  parser
      .add_option("--recipe", options.recipe,
                  "scaled, or published: the authors' own schedule, for BERT or for translation as the model is")
      ->capture_default_str();
  parser.add_flag("--freeze-weights", options.freezeWeights,
                  "Train the gates only: DSP's pipelined form, McCarley's L0");
  parser.add_option("--recover", options.recover,
                    "Steps after the gates' own, with the K heads fixed and the weights trained (default 0)");
  CLI::Option* reopen = parser.add_flag(
      "--reopen", options.reopen,
      "Clipping and reopening, also for methods that have none of their own (all but pass and passconc)");
  parser.add_flag("--no-reopen", options.noReopen, "No clipping and reopening")->excludes(reopen);
}

}  // namespace

Registered addTrain(CLI::App& app) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* parser =
      app.add_subcommand("train", "Trains gates and weights; Ctrl-C writes a checkpoint, --resume goes on");
  parser->add_option("MODEL", options->model, "Model folder");
  parser->add_option("--data", options->data, "Training texts: TSV, CSV or JSON lines");
  parser->add_option("--dev", options->dev, "Texts to measure accuracy on");
  parser->add_option("--method", options->method, "A name from `headroom-cli methods`")
      ->capture_default_str()
      ->transform(methodNamed);
  parser->add_option("--keep", options->keep, "K, the number of heads (with --unit group: key/value groups) that stay");
  addUnitOption(*parser, options->unit);
  addWeightOptions(*parser, *options);
  addGateOptions(*parser, *options);
  addL0Options(*parser, *options);
  parser->add_option("--checkpoint-every", options->checkpointEvery,
                     "Steps between checkpoints (default 200, 0 = only when stopped)");
  parser->add_option("--run", options->run, "RUN.h5 to write");
  parser->add_option("--resume", options->resume, "RUN.h5 to go on with, with its own settings, model and data");
  parser->add_option("--save", options->save, "Folder for the trained model, all heads");
  parser->add_flag("--force", options->overwrite, "Replace a run or model that is there");
  addColumnOptions(*parser, options->columns);
  parser->callback([&app, parser] { refuseBesideResume(app, *parser); });
  return {parser, [options](const CommonOptions& common, const JobContext& context) {
            return train(*options, common, context);
          }};
}

}  // namespace headroom::cli
