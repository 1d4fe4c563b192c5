// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/measure_gap.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/head_units.h"
#include "core/jobs/workspace_state.h"
#include "core/methods/method_table.h"
#include "core/store/checkpoint_folder.h"
#include "core/train/memory_limit.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

/// One forward pass over all dev batches, `gates` asked for every batch.
Tally passWith(const Workspace::State& state, const Transformer& model, const JobContext& context,
               const std::function<std::vector<double>()>& gates) {
  const torch::NoGradGuard noGrad;
  const EvaluationSet& data = state.requireDev();
  Tally tally = data.emptyTally();
  ForwardOptions options;
  options.onlyLogits = true;
  MemoryLimit memory;
  for (const EvaluationBatch& batch : data.batches()) {
    context.checkStop();
    options.gates = torch::tensor(gates(), torch::kFloat32).to(state.device, model.computeType());
    addBatch(data, batch, model, options, memory, tally);
    context.yield();
  }
  return tally;
}

class Gap {
 public:
  Gap(Workspace::State& state, const GapRequest& request, const JobContext& context)
      : m_state(state),
        m_request(request),
        m_context(context),
        m_run(openRun(state)),
        m_units(state.current->layout(), m_run.settings.unit),
        m_method(methodOf()) {}

  GateGap found() {
    GateGap gap;
    gap.runPath = m_run.path;
    gap.method = m_run.settings.method;
    const HeadMask mask = m_run.report
                              ? m_run.report->mask
                              : m_units.toHeads(keepTop(m_units.units(), m_method->logAlpha(), m_run.settings.keep));
    gap.kept = mask.keptCount();
    gap.examples = m_state.requireDev().exampleCount();
    const EvalResult pruned = judged(measureMask(m_state, mask, m_context));
    gap.mask = pruned.metric;
    gap.maskLoss = pruned.loss;
    const Transformer model = m_state.forEvaluation(*m_state.current);
    const std::vector<double> fixed = testGates(mask);
    const EvalResult deterministic = judged(passWith(m_state, model, m_context, [&] { return fixed; }));
    gap.deterministic = deterministic.metric;
    gap.deterministicLoss = deterministic.loss;
    addSamples(gap, model);
    return gap;
  }

 private:
  static RunSnapshot openRun(const Workspace::State& state) {
    (void)state.requireModel();
    if (state.runPath.empty())
      throw Error(ErrorKind::BadInput, "train/test gap: found no open run, expected one that trained gates");
    return readRun(state.runPath);
  }

  /// The run's own gates as its last checkpoint has them, drawn with the request's seed.
  [[nodiscard]] std::unique_ptr<GateMethod> methodOf() const {
    TrainSettings settings = m_run.settings;
    settings.unit = "head";  // of the layout of units
    settings.seed = m_request.seed;
    RunLength length;
    length.steps = gateSteps();
    std::unique_ptr<GateMethod> method = makeGateMethod(m_units.units(), settings, length);
    if (!method)
      throw Error(ErrorKind::BadInput, "train/test gap: found a run of method " + settings.method +
                                           ", which trains no gates; expected one that does");
    const CheckpointFolder checkpoints(m_run.path);
    const std::optional<CheckpointFile> newest = checkpoints.newestValid();
    if (!checkpoints.hasFinal() && !newest)
      throw Error(ErrorKind::BadFile, checkpoints.path() + ": found no checkpoint, expected the run's last one");
    GateMethod::State state =
        readGateState(SafetensorsFile(checkpoints.hasFinal() ? checkpoints.finalPath() : newest->path));
    state.rng = method->save().rng;
    method->restore(state);
    return method;
  }

  /// The run's steps but for those of recovery: what is drawn depends on how much of them is done.
  [[nodiscard]] std::int64_t gateSteps() const {
    if (m_run.report) return m_run.report->stepsTotal - m_run.settings.recover;
    if (m_run.settings.steps > 0) return m_run.settings.steps;
    if (m_state.train) return Trainer::lengthOf(m_run.settings, m_state.requireTrain()).steps;
    throw Error(ErrorKind::BadInput, "train/test gap: " + m_run.path +
                                         ": found a run that was stopped and is measured in epochs, expected its "
                                         "training data; open them, or finish the run");
  }

  [[nodiscard]] std::vector<double> testGates(const HeadMask& mask) const {
    const std::vector<double> gates = m_method->testGates();
    if (gates.empty()) return {mask.bytes().begin(), mask.bytes().end()};
    return m_units.toHeads(gates);
  }

  [[nodiscard]] EvalResult judged(const Tally& tally) const {
    return toResult(HeadMask(m_state.current->layout()), tally, tally.examples, nullptr);
  }

  void addSamples(GateGap& gap, const Transformer& model) {
    std::vector<double> losses, scores;
    for (int sample = 0; sample < m_request.samples; ++sample) {
      m_context.report({"measuring the train/test gap", sample, m_request.samples, -1});
      const EvalResult drawn =
          judged(passWith(m_state, model, m_context, [&] { return m_units.toHeads(m_method->draw()); }));
      losses.push_back(drawn.loss);
      scores.push_back(drawn.metric.value);
    }
    gap.sampledLoss = seedMean(losses);
    gap.sampledScore = seedMean(scores);
  }

  Workspace::State& m_state;
  const GapRequest& m_request;
  const JobContext& m_context;
  RunSnapshot m_run;
  HeadUnits m_units;
  std::unique_ptr<GateMethod> m_method;
};

}  // namespace

GateGap measureGap(Workspace& workspace, const GapRequest& request, const JobContext& context) {
  if (request.samples < 2 || request.samples > 1000)
    throw Error(ErrorKind::BadInput, "samples: found " + std::to_string(request.samples) + ", expected 2 to 1000");
  return Gap(workspace.state(), request, context).found();
}

}  // namespace headroom
