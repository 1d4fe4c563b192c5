// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/runtime_masks.h"

#include <algorithm>
#include <chrono>

#include "core/base/error.h"
#include "core/base/peak_memory.h"
#include "core/jobs/score_heads.h"
#include "core/jobs/workspace_state.h"
#include "core/runtime/ebert.h"
#include "core/runtime/spatten.h"

namespace headroom {

namespace {

/// The model that runs, and what chooses its heads.
struct Chooser {
  Transformer model;
  std::unique_ptr<RuntimeGates> gates;
  std::int64_t trainSteps = 0;
  int passes = 0;  ///< over the examples that it was chosen on
};

Chooser makeChooser(const Workspace::State& state, const EvaluationSet& calibration, const RuntimeRequest& request,
                    const JobContext& context) {
  const Transformer& opened = state.requireModel();
  const TrainSettings& settings = request.settings;
  if (settings.method == "spatten")
    return {Transformer(opened.config(), opened.parameters()), makeCascade(opened.config(), settings.keep)};
  const BatchSettings batches = batchSettings(opened.config(), state.summary.path);
  std::optional<Dataset> choiceData;
  std::optional<EvaluationSet> choice;
  if (state.choice) {
    choiceData = chosenExamples(*state.choice, request.examples, settings.seed);
    choice.emplace(*choiceData, opened.config(), batches, state.device);
  }
  EbertTraining trained =
      trainPredictors(opened, state.requireTrain(), choice ? *choice : calibration, settings, batches, context);
  return {trained.model, std::move(trained.predictors), trained.steps, trained.calibrationPasses};
}

void check(const Workspace::State& state, const TrainSettings& settings) {
  if (!isRuntimeMethod(settings.method))
    throw Error(ErrorKind::BadInput, "method: found \"" + settings.method + "\", expected spatten or ebert");
  requireEncoderOnly(state.requireModel().config(), settings.method);
  const int heads = state.requireModel().layout().headCount();
  if (heads == 0)
    throw Error(ErrorKind::BadInput, "heads to keep: found a model without heads, expected some to choose from");
  if (settings.keep < 0 || settings.keep > heads)
    throw Error(ErrorKind::BadInput,
                "heads to keep: found " + std::to_string(settings.keep) + ", expected 0 to " + std::to_string(heads));
}

}  // namespace

const std::vector<MethodInfo>& runtimeMethods() {
  static const std::vector<MethodInfo> table{
      {"spatten",
       "SpAtten cascade",
       "For every input anew: heads with small outputs go, layer after layer, and stay gone in the layers above.",
       "run-time",
       {kEncoderOnly, "activations"},
       {"a choice by input", "keep frequencies"}},
      {"ebert",
       "EBERT",
       "In every layer a small network looks at the input and says which heads it needs; trained with the weights.",
       "run-time",
       {kEncoderOnly, "labels", "training", "random numbers"},
       {"a choice by input", "keep frequencies", "changed weights"}},
  };
  return table;
}

bool isRuntimeMethod(const std::string& name) {
  const auto& table = runtimeMethods();
  return std::any_of(table.begin(), table.end(), [&](const MethodInfo& method) { return method.name == name; });
}

RuntimeReport chooseAtRunTime(Workspace& workspace, const RuntimeRequest& request, const JobContext& context) {
  Workspace::State& state = workspace.state();
  check(state, request.settings);
  PeakMemory memory;
  const auto began = std::chrono::steady_clock::now();
  const Transformer& opened = state.requireModel();
  const Dataset part = chosenExamples(state.requireTrain(), request.examples, request.settings.seed);
  const EvaluationSet calibration(part, opened.config(), batchSettings(opened.config(), state.summary.path),
                                  state.device);
  const Chooser chooser = makeChooser(state, calibration, request, context);
  RuntimeReport report;
  report.trainSteps = chooser.trainSteps;
  report.keepFrequency = evaluateWithGates(chooser.model, *chooser.gates, calibration, context).keepFrequency;
  report.costs.forwards = 1 + chooser.passes;
  report.costs.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const Tally& full = state.fullTally(context);
  const RuntimeTally seen = evaluateWithGates(chooser.model, *chooser.gates, state.requireDev(), context);
  const HeadMask fixed = keepTop(opened.layout(), report.keepFrequency, request.settings.keep);
  const EvalResult chosen = toResult(fixed, seen.tally, seen.tally.examples, &full);
  report.metric = chosen.metric;
  report.loss = chosen.loss;
  report.toFull = *chosen.toFull;
  report.meanKept = seen.meanKept;
  report.masks = seen.masks;
  const Tally tally = evaluate(state.forEvaluation(chooser.model, fixed), state.requireDev(), context);
  report.fixed = toResult(fixed, tally, tally.examples, &full);
  report.costs.peakBytes = memory.bytes();
  requireMappedFilesIntact();
  return report;
}

}  // namespace headroom
