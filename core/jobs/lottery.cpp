// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/lottery.h"

#include <algorithm>

#include "core/prune/surgery.h"
#include "core/scores/score_functions.h"
#include "core/train/trainer.h"

namespace headroom {

namespace {

constexpr int kRounds = 4;

/// The pruned model from its first weights, trained for so many steps.
Transformer trainedFromStart(const Workspace::State& state, const HeadMask& mask, TrainSettings settings,
                             std::int64_t steps, const JobContext& context) {
  const Transformer small = compact(*state.opened, mask);
  settings.method = "none";
  settings.steps = std::max<std::int64_t>(1, steps);
  Trainer trainer(Transformer(small.config(), small.parameters().clone()), *state.train, settings, nullptr,
                  batchSettings(small.config(), state.summary.path));
  while (!trainer.finished()) {
    context.checkStop();
    (void)trainer.step();
    context.yield();
  }
  return trainer.model();
}

/// Removes the heads of the least confidence until `keep` are left. The model has the mask's heads only, in their
/// order.
HeadMask thinned(const HeadMask& mask, const Transformer& model, int keep, const EvaluationSet& calibration,
                 const JobContext& context) {
  const ScoreOptions options;
  const std::vector<double> confidence = confidenceScores({model, calibration, options, context}).values;
  std::vector<int> heads;
  for (int head = 0; head < mask.headCount(); ++head)
    if (mask.kept(head)) heads.push_back(head);
  HeadMask left(mask.layout(), false);
  const std::vector<int> order = keepOrder(confidence);
  for (int i = 0; i < keep; ++i) left.set(heads[static_cast<size_t>(order[static_cast<size_t>(i)])], true);
  return left;
}

}  // namespace

const MethodInfo& lotteryInfo() {
  static const MethodInfo info{"lottery",
                               "Lottery ticket",
                               "Trains a little, removes the least confident heads, sets the rest back, again and "
                               "again; then trains what is left.",
                               "joint training",
                               {"labels", "training", "attention maps", "random numbers"},
                               {"one mask at K with changed weights"},
                               true};
  return info;
}

LotteryTicket drawTicket(Workspace::State& state, const EvaluationSet& calibration, const TrainSettings& settings,
                         const JobContext& context,
                         const std::function<void(const HeadMask&, const Transformer&)>& round) {
  HeadMask mask(state.opened->layout());
  const int all = mask.headCount();
  const std::int64_t perRound = std::max<std::int64_t>(1, settings.steps / 2 / kRounds);
  for (int i = 1; i <= kRounds; ++i) {
    if (round) round(mask, compact(*state.opened, mask));
    const Transformer trained = trainedFromStart(state, mask, settings, perRound, context);
    mask = thinned(mask, trained, all - (all - settings.keep) * i / kRounds, calibration, context);
  }
  if (round) round(mask, compact(*state.opened, mask));
  const std::int64_t last = std::max<std::int64_t>(1, settings.steps - kRounds * perRound);
  return {mask, trainedFromStart(state, mask, settings, last, context), kRounds * perRound + last, kRounds};
}

}  // namespace headroom
