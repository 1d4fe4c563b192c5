// SPDX-License-Identifier: GPL-3.0-or-later
// What a whole accuracy curve costs: a BERT-base sized classifier, random texts; one pass of the whole model for every
// number of heads (measured on a few of them) against the sweep, exact and coarse to fine, in float32 and, where the
// processor has it, bfloat16. Prints one JSON object; shares are of the naive float32 seconds.
//   sweep_bench [LAYERS] [EXAMPLES] [THREADS] [LENGTH]

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/base/freed_memory.h"
#include "core/base/rng.h"
#include "core/prune/surgery.h"
#include "core/sweep/curve.h"
#include "core/train/memory_limit.h"
#include "tests/bench/bert_base.h"

namespace headroom {
namespace {

using Clock = std::chrono::steady_clock;

Dataset randomTexts(int count, int length) {
  Dataset data;
  data.labels = {"a", "b"};
  Rng rng(3);
  for (int i = 0; i < count; ++i) {
    Example example;
    for (int t = 0; t < length; ++t) example.ids.push_back(static_cast<int>(rng.below(1000)));
    example.types.assign(example.ids.size(), 0);
    example.label = i % 2;
    data.examples.push_back(example);
  }
  data.summary.meanLength = length;
  return data;
}

double seconds(Clock::time_point since) { return std::chrono::duration<double>(Clock::now() - since).count(); }

/// Classes by random weights have no accuracy: the labels become what the unpruned model says, so that the curve has a
/// shape.
void labelByModel(Dataset& data, const Transformer& model, const ModelConfig& config) {
  const EvaluationSet set(data, config, {}, torch::kCPU);
  const torch::NoGradGuard noGrad;
  for (const EvaluationBatch& batch : set.batches()) {
    const torch::Tensor classes = model.forward(batch.input).logits.argmax(1);
    for (size_t row = 0; row < batch.examples.size(); ++row)
      data.examples[static_cast<size_t>(batch.examples[row])].label =
          static_cast<int>(classes[static_cast<std::int64_t>(row)].item<std::int64_t>());
  }
}

struct Naive {
  double secondsAMask = 0;
  double worstLogit = 0;
  std::int64_t otherPredictions = 0;
};

/// A few masks the plain way: every head computed, its output multiplied by 0 or 1; and what the sweep's way makes of
/// the same. As many texts at once as the sweep takes.
Naive measureNaive(const Transformer& model, const EvaluationSet& set, const Curve& curve,
                   const std::vector<int>& kept) {
  const torch::NoGradGuard noGrad;
  Naive naive;
  std::vector<EvaluationBatch> batches;
  for (const std::vector<size_t>& alike : alikeBatches(set.batches(), 4))
    batches.push_back(joined(set.batches(), alike));
  const auto began = Clock::now();
  std::vector<torch::Tensor> logits;
  for (const int k : kept) {
    const HeadMask mask = curve.maskFor(k);
    ForwardOptions options;
    options.gates = torch::empty({mask.headCount()});
    for (int i = 0; i < mask.headCount(); ++i) options.gates[i] = mask.kept(i) ? 1.0F : 0.0F;
    for (const EvaluationBatch& batch : batches) logits.push_back(model.forward(batch.input, options).logits);
  }
  naive.secondsAMask = seconds(began) / static_cast<double>(kept.size());
  size_t next = 0;
  for (const int k : kept) {
    const Transformer small = compact(model, curve.maskFor(k));
    ForwardOptions options;
    options.onlyLogits = true;
    for (const EvaluationBatch& batch : batches) {
      const torch::Tensor ours = small.forward(batch.input, options).logits, theirs = logits[next++];
      naive.worstLogit = std::max(naive.worstLogit, (ours - theirs).abs().max().item<double>());
      naive.otherPredictions += ours.argmax(1).ne(theirs.argmax(1)).sum().item<std::int64_t>();
    }
  }
  return naive;
}

struct Swept {
  MeasuredCurve measured;
  double seconds = 0;
};

Swept sweep(const Transformer& model, const EvaluationSet& set, const Curve& start, bool exact) {
  const torch::NoGradGuard noGrad;
  Tally full = set.emptyTally();
  for (const EvaluationBatch& batch : set.batches())
    set.add(batch, model.forward(batch.input.to(model.computeType())).logits, full);
  CurvePlan plan;
  for (int k = 0; k <= start.layout.headCount(); ++k) plan.stops.push_back(k);
  plan.exact = exact;
  const auto began = Clock::now();
  Swept swept{measureCurve(model, set, start, plan, full, {}, {}), 0};
  swept.seconds = seconds(began);
  return swept;
}

int run(int layers, int examples, int threads, int length) {
  at::set_num_threads(threads);
  const ModelConfig config = bertBase(layers);
  const Transformer model(config, Parameters::random(config, 1));
  Dataset data = randomTexts(examples, length);
  labelByModel(data, model, config);
  const EvaluationSet set(data, config, {}, torch::kCPU);
  Curve start;
  start.layout = model.layout();
  for (int i = 0; i < start.layout.headCount(); ++i) start.order.push_back(i);
  Rng rng(5);
  rng.shuffle(std::span<int>(start.order));
  const int heads = start.layout.headCount();
  const std::vector<int> probes{0, heads / 4, heads / 2, 3 * heads / 4, heads};
  const Naive naive = measureNaive(model, set, start, probes);
  const Swept exact = sweep(model, set, start, true);
  // Before and after, so that a machine that becomes slower meanwhile does not make the ratio.
  const double naiveSeconds =
      (naive.secondsAMask + measureNaive(model, set, start, probes).secondsAMask) / 2 * (heads + 1);
  const Swept coarse = sweep(model, set, start, false);
  int outside = 0;
  for (const CurvePoint& point : exact.measured.curve.points) {
    const MetricValue drawn = betweenPoints(coarse.measured.curve, point.kept);
    outside += point.metric.value < drawn.low || point.metric.value > drawn.high ? 1 : 0;
  }
  const Transformer narrow(config, model.parameters().to(torch::kCPU, torch::kBFloat16), torch::kBFloat16);
  const Swept half = sweep(narrow, set, start, true);
  std::int64_t disagree = 0, compared = 0;
  for (size_t i = 0; i < half.measured.correct.size(); ++i)
    for (size_t j = 0; j < half.measured.correct[i].size(); ++j, ++compared)
      disagree += half.measured.correct[i][j] != exact.measured.correct[i][j];
  std::cout << nlohmann::ordered_json{{"benchmark", "sweep"},
                                      {"layers", layers},
                                      {"heads", heads},
                                      {"examples", examples},
                                      {"length", length},
                                      {"threads", threads},
                                      {"libtorch", TORCH_VERSION},
                                      {"naive_seconds", naiveSeconds},
                                      {"exact_seconds", exact.seconds},
                                      {"exact_share_of_seconds", exact.seconds / naiveSeconds},
                                      {"exact_share_of_layers", exact.measured.curve.layerShare},
                                      {"worst_logit_difference", naive.worstLogit},
                                      {"other_predictions", naive.otherPredictions},
                                      {"coarse_points", coarse.measured.curve.points.size()},
                                      {"coarse_share_of_seconds", coarse.seconds / naiveSeconds},
                                      {"coarse_share_of_layers", coarse.measured.curve.layerShare},
                                      {"points_outside_of_the_coarse_interval", outside},
                                      {"bfloat16_share_of_seconds", half.seconds / naiveSeconds},
                                      {"bfloat16_disagreement",
                                       static_cast<double>(disagree) / static_cast<double>(compared)}}
                   .dump()
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace headroom

int main(int argc, char** argv) {
  headroom::keepFreedMemory();
  const auto number = [&](int i, int otherwise) { return argc > i ? std::atoi(argv[i]) : otherwise; };
  return headroom::run(number(1, 12), number(2, 32), number(3, 2), number(4, 128));
}
