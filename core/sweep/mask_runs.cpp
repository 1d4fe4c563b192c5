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
  MaskProgress* progress;
  int from = 0;  ///< the first layer that differs from the runner before; their number when none does
};

/// What a tally sums up over its examples.
struct TallySums {
  std::int64_t examples, right, judged;
  double loss;
};

TallySums sumsOf(const Tally& tally) { return {tally.examples, tally.right, tally.judged, tally.lossSum}; }

void setSums(Tally& tally, const TallySums& sums) {
  tally.examples = sums.examples;
  tally.right = sums.right;
  tally.judged = sums.judged;
  tally.lossSum = sums.loss;
}

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

using Added = std::function<void(Runner&)>;

/// Runs the masks from `done` on over a micro-batch; `done` is the first one whose tally lacks it, also when memory
/// runs out. `added` hears each that has got it.
void runMasksOn(const EvaluationSet& data, const EvaluationBatch& batch, std::vector<Runner>& runners, size_t& done,
                const JobContext& context, const Added& added) {
  const size_t first = done;
  const Transformer& any = runners.front().model;
  const ModelInput input = batch.input.to(any.computeType());
  std::vector<PassState> states{any.begin(input)};  // states[l] = before layer l
  torch::Tensor logits;
  while (done < runners.size()) {
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
    data.add(batch, logits, runner.progress->tally);
    ++done;
    if (added) added(runner);
  }
}

/// The same from `first` on, in parts where memory does not hold the micro-batch whole; `added` hears nothing of parts.
void runBatch(const EvaluationSet& data, const EvaluationBatch& batch, std::vector<Runner>& runners, size_t first,
              MemoryLimit& memory, const JobContext& context, const Added& added) {
  const torch::NoGradGuard noGrad;
  size_t done = first;
  if (memory.fits(batch, [&] { runMasksOn(data, batch, runners, done, context, added); })) return;
  for (const EvaluationBatch& half : halves(batch)) runBatch(data, half, runners, done, memory, context, {});
}

/// Runs those masks over pass number `pass` that have not done it: the last ones of the list.
void runPass(const EvaluationSet& data, const std::vector<size_t>& places, size_t pass, std::vector<Runner>& runners,
             MemoryLimit& memory, const JobContext& context, const std::function<void()>& passed) {
  const auto lacksIt = [pass](const Runner& runner) { return runner.progress->passes <= pass; };
  const auto begin = std::find_if(runners.begin(), runners.end(), lacksIt);
  if (begin == runners.end()) return;
  std::vector<TallySums> before;
  for (const Runner& runner : runners) before.push_back(sumsOf(runner.progress->tally));
  const auto forAllWithout = [&](const auto& act) {
    for (size_t i = 0; i < runners.size(); ++i)
      if (lacksIt(runners[i])) act(*runners[i].progress, before[i]);
  };
  try {
    runBatch(data, joined(data.batches(), places), runners, static_cast<size_t>(begin - runners.begin()), memory,
             context, [&](Runner& runner) {
               ++runner.progress->passes;
               if (passed) passed();
             });
  } catch (...) {
    // A part of the pass may be added. What is kept by example is written anew with the whole, so only sums must go.
    forAllWithout([](MaskProgress& progress, const TallySums& sums) { setSums(progress.tally, sums); });
    throw;
  }
  bool inParts = false;
  forAllWithout([&](MaskProgress& progress, const TallySums&) {
    ++progress.passes;
    inParts = true;
  });
  if (inParts && passed) passed();
}

/// Cuts masks out from the `first` on until the room for them, or memory, ends; at least one.
std::vector<Runner> cutOut(const Transformer& model, const std::vector<HeadMask>& masks,
                           std::vector<MaskProgress>& soFar, size_t first, std::int64_t cutBytes) {
  CutBlocks cut;
  std::vector<Runner> runners;
  for (size_t i = first; i < masks.size() && (runners.empty() || cut.bytes() < cutBytes); ++i) {
    const int from = runners.empty() ? 0 : firstDifference(model, masks[i - 1], masks[i]);
    const bool fits = withinMemory([&] { runners.push_back({compact(model, masks[i], cut), &soFar[i], from}); });
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

size_t passCount(const Transformer& model, const EvaluationSet& data) {
  return alikeBatches(data.batches(), joinedAtOnce(model.config())).size();
}

void continueMasks(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                   std::vector<MaskProgress>& soFar, const JobContext& context,
                   const std::function<void(double)>& progress, const std::function<void()>& passed,
                   std::int64_t cutBytes) {
  MemoryLimit memory;
  const std::vector<std::vector<size_t>> passes = alikeBatches(data.batches(), joinedAtOnce(model.config()));
  const auto count = static_cast<double>(masks.size()), all = static_cast<double>(passes.size());
  size_t begun = 0;
  while (begun < masks.size()) {
    // Masks that are done are cut out too: so the others share their layers, and count their work, as without a stop.
    std::vector<Runner> runners = cutOut(model, masks, soFar, begun, cutBytes);
    for (size_t i = 0; i < runners.size(); ++i)
      soFar[begun + i].work = workFrom(model, data, masks[begun + i], runners[i].from);
    for (size_t i = 0; i < passes.size(); ++i) {
      runPass(data, passes[i], i, runners, memory, context, passed);
      if (progress)
        progress((static_cast<double>(begun) + static_cast<double>(runners.size()) * static_cast<double>(i + 1) / all) /
                 count);
    }
    requireMappedFilesIntact();
    begun += runners.size();
  }
}

MaskRuns runMasks(const Transformer& model, const EvaluationSet& data, const std::vector<HeadMask>& masks,
                  const JobContext& context, const std::function<void(double)>& progress, std::int64_t cutBytes) {
  std::vector<MaskProgress> soFar(masks.size(), MaskProgress{data.emptyTally(), 0, 0});
  continueMasks(model, data, masks, soFar, context, progress, {}, cutBytes);
  MaskRuns runs;
  for (MaskProgress& mask : soFar) {
    runs.work += mask.work;
    runs.tallies.push_back(std::move(mask.tally));
  }
  return runs;
}

}  // namespace headroom
