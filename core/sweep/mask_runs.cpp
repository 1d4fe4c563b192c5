// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sweep/mask_runs.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/prune/surgery.h"
#include "core/sweep/layer_work.h"
#include "core/train/memory_limit.h"

namespace headroom {

namespace {

/// Micro-batches that masks run on at once: products of few rows spend their time on fetching weights. Where logits are
/// as many as the vocabulary they already fill the room that there is.
size_t joinedAtOnce(const ModelConfig& config) { return predictsTokens(config.task) ? 1 : 4; }

/// One mask while it runs.
struct Runner {
  Transformer model;
  Tally tally;
  int from = 0;  ///< the first layer that differs from the runner before; their number when none does
};

/// Tokens an example; the patches of an image are always as many.
double meanLength(const Transformer& model, const EvaluationSet& data) {
  return data.data().kind == DataKind::Images ? model.config().maxPositions
                                              : std::max(1.0, data.data().summary.meanLength);
}

/// Of the layers from `from` on.
double workFrom(const Transformer& model, const EvaluationSet& data, const HeadMask& mask, int from) {
  const double length = meanLength(model, data);
  double work = 0;
  for (int layer = from; layer < model.layerCount(); ++layer)
    work += model.readsFirstOnly(layer) ? firstOnlyWork(model.config(), layer, mask, length)
                                        : layerWork(model.config(), layer, mask, length);
  return work;
}

/// First layer in which the masks differ; the number of layers when they are equal.
int firstDifference(const Transformer& model, const HeadMask& a, const HeadMask& b) {
  int first = model.layerCount();
  for (int flat = 0; flat < a.headCount(); ++flat)
    if (a.kept(flat) != b.kept(flat)) first = std::min(first, model.layerOf(a.layout().at(flat).block));
  return first;
}

/// Runs the masks from `done` on over a micro-batch; `done` is the first one whose tally lacks it, also when memory
/// runs out.
void runMasksOn(const EvaluationSet& data, const EvaluationBatch& batch, std::vector<Runner>& runners, size_t& done,
                const JobContext& context) {
  const size_t first = done;
  const Transformer& any = runners.front().model;
  const ModelInput input = batch.input.to(any.computeType());
  std::vector<PassState> states{any.begin(input)};  // states[l] = before layer l
  torch::Tensor logits;
  for (; done < runners.size(); ++done) {
    Runner& runner = runners[done];
    const int from = done == first ? 0 : runner.from;
    states.resize(static_cast<size_t>(from) + 1);
    for (int layer = from; layer < any.layerCount(); ++layer) {
      context.checkStop();
      context.yield();
      LayerOptions options;
      options.firstOnly = any.readsFirstOnly(layer);
      states.push_back(runner.model.next(states.back(), layer, input, options));
    }
    if (!logits.defined() || from < any.layerCount()) logits = runner.model.finish(states.back(), input);
    data.add(batch, logits, runner.tally);
  }
}

/// The same from `first` on, in parts where memory does not hold the micro-batch whole.
void runBatch(const EvaluationSet& data, const EvaluationBatch& batch, std::vector<Runner>& runners, size_t first,
              MemoryLimit& memory, const JobContext& context) {
  const torch::NoGradGuard noGrad;
  size_t done = first;
  if (memory.fits(batch, [&] { runMasksOn(data, batch, runners, done, context); })) return;
  for (const EvaluationBatch& half : halves(batch)) runBatch(data, half, runners, done, memory, context);
}

/// Cuts masks out from the `first` on until the room for them, or memory, ends; at least one.
std::vector<Runner> cutOut(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                           size_t first, std::int64_t cutBytes) {
  CutBlocks cut;
  std::vector<Runner> runners;
  for (size_t i = first; i < masks.size() && (runners.empty() || cut.bytes() < cutBytes); ++i) {
    const int from = runners.empty() ? 0 : firstDifference(model, masks[i - 1], masks[i]);
    const bool fits = withinMemory([&] {
      runners.push_back({compact(model, masks[i], cut), data.emptyTally(), from});
    });
    if (fits) continue;
    if (!runners.empty()) break;
    throw Error(ErrorKind::Memory,
                "out of memory: " + model.device().str() +
                    " has no room for one pruned copy of the model; close other programs or compute on --device cpu");
  }
  return runners;
}

}  // namespace

double wholePassWork(const Transformer& model, const EvaluationSet& data) {
  double work = 0;
  for (int layer = 0; layer < model.layerCount(); ++layer)
    work += layerWork(model.config(), layer, HeadMask(model.layout()), meanLength(model, data));
  return work;
}

double maskWork(const Transformer& model, const EvaluationSet& data, const HeadMask& mask) {
  return workFrom(model, data, mask, 0);
}

MaskRuns runMasks(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                  const JobContext& context, const std::function<void(double)>& progress, std::int64_t cutBytes) {
  MaskRuns runs;
  std::vector<Tally>& tallies = runs.tallies;
  MemoryLimit memory;
  const std::vector<std::vector<size_t>> passes = alikeBatches(data.batches(), joinedAtOnce(model.config()));
  while (tallies.size() < masks.size()) {
    std::vector<Runner> runners = cutOut(model, data, masks, tallies.size(), cutBytes);
    for (size_t i = 0; i < runners.size(); ++i)
      runs.work += workFrom(model, data, masks[tallies.size() + i], runners[i].from);
    const double count = static_cast<double>(masks.size());
    for (size_t i = 0; i < passes.size(); ++i) {
      runBatch(data, joined(data.batches(), passes[i]), runners, 0, memory, context);
      if (progress)
        progress(
            (static_cast<double>(tallies.size()) +
             static_cast<double>(runners.size()) * static_cast<double>(i + 1) / static_cast<double>(passes.size())) /
            count);
    }
    requireMappedFilesIntact();
    for (Runner& runner : runners) tallies.push_back(std::move(runner.tally));
  }
  return runs;
}

}  // namespace headroom
