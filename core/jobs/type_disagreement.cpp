// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/jobs/type_disagreement.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"

namespace headroom {

namespace {

constexpr std::int64_t kMostExamples = 512;

/// Of one micro-batch; predictions that nothing is asked of (padding, tokens that are not judged) do not count.
void addPredictions(const torch::Tensor& logits, const torch::Tensor& exact, const Targets& targets,
                    TypeDisagreement& found) {
  found.largestLogitDifference = std::max(found.largestLogitDifference, (logits - exact).abs().max().item<double>());
  torch::Tensor differs, counts;
  if (targets.values.defined()) {
    const auto right = [&](const torch::Tensor& values) { return (values.squeeze(-1) - targets.values).abs().le(0.5); };
    differs = right(logits).ne(right(exact));
  } else {
    const int choices = targets.spans.defined() ? 1 : -1;
    differs = logits.argmax(choices).ne(exact.argmax(choices));
  }
  counts = targets.tokens.defined() ? targets.tokens.ne(kNoTarget) : torch::ones_like(differs);
  found.predictions += counts.sum().item<std::int64_t>();
  found.differing += (differs & counts).sum().item<std::int64_t>();
}

TypeDisagreement measure(const Transformer& shortened, const Transformer& wide, const EvaluationSet& data,
                         const JobContext& context) {
  const torch::NoGradGuard noGrad;
  ForwardOptions options;
  options.onlyLogits = true;
  TypeDisagreement found;
  Tally tally = data.emptyTally(), exact = data.emptyTally();
  for (const EvaluationBatch& batch : data.batches()) {
    const auto size = static_cast<std::int64_t>(batch.examples.size());
    if (tally.examples > 0 && tally.examples + size > kMostExamples) break;
    context.checkStop();
    const auto logitsOf = [&](const Transformer& model) {
      return model.forward(batch.input.to(model.computeType()), options).logits.to(torch::kFloat32);
    };
    const torch::Tensor logits = logitsOf(shortened), expected = logitsOf(wide);
    data.add(batch, logits, tally);
    data.add(batch, expected, exact);
    addPredictions(logits, expected, batch.targets, found);
    context.report(
        {"comparing bfloat16 with float32", tally.examples, std::min(kMostExamples, data.exampleCount()), -1});
    context.yield();
  }
  requireMappedFilesIntact();
  const HeadMask mask(shortened.layout());
  found.examples = tally.examples;
  found.metric = toResult(mask, tally, data.exampleCount(), nullptr).metric;
  found.float32 = toResult(mask, exact, data.exampleCount(), nullptr).metric;
  return found;
}

}  // namespace

std::optional<TypeDisagreement> measureTypeDisagreement(Workspace& workspace, const HeadMask& mask,
                                                        const JobContext& context) {
  Workspace::State& state = workspace.state();
  const Transformer& model = state.requireModel();
  if (state.evaluationType == torch::kFloat32) return std::nullopt;
  if (mask.layout() != model.layout())
    throw Error(ErrorKind::BadInput, "mask: it is for a model with other heads than the one that is open");
  if (state.disagreement && state.disagreement->maskHash == mask.hash()) return state.disagreement->found;
  const EvaluationSet& data = state.requireDev();
  const Transformer cut = mask.all() ? model : compact(model, mask);
  const Transformer wide(cut.config(), cut.parameters().to(state.device, torch::kFloat32), torch::kFloat32);
  TypeDisagreement found = measure(state.forEvaluation(model, mask), wide, data, context);
  found.dtype = state.settings.dtype;
  state.disagreement = {mask.hash(), found};
  return found;
}

}  // namespace headroom
