// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sweep/curve.h"

#include <algorithm>
#include <cmath>

#include "core/prune/surgery.h"

namespace headroom {

namespace {

constexpr int kGroup = 8;  ///< points measured together: enough neighbours to share hidden states, few enough to show soon

/// One mask under measurement.
struct Candidate {
  int kept = 0;
  HeadMask mask;
  Transformer model;
  Tally tally;
};

/// First layer in which the masks differ; the number of layers when they are equal.
int firstDifference(const Transformer& model, const HeadMask& a, const HeadMask& b) {
  int first = model.layerCount();
  for (int flat = 0; flat < a.headCount(); ++flat)
    if (a.kept(flat) != b.kept(flat)) first = std::min(first, model.layerOf(a.layout().at(flat).block));
  return first;
}

/// Runs every candidate on one micro-batch; neighbours share what lies below their first difference.
void runBatch(const EvaluationSet& data, const EvaluationBatch& batch, std::vector<Candidate>& candidates) {
  const torch::NoGradGuard noGrad;
  const ModelInput input = batch.input.to(candidates.front().model.computeType());
  std::vector<PassState> states{candidates.front().model.begin(input)};  // states[l] = before layer l
  torch::Tensor logits;
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    const int layers = candidate.model.layerCount();
    const int from = i == 0 ? 0 : firstDifference(candidate.model, candidates[i - 1].mask, candidate.mask);
    states.resize(static_cast<size_t>(from) + 1);
    for (int layer = from; layer < layers; ++layer) states.push_back(candidate.model.next(states.back(), layer, input));
    if (i == 0 || from < layers) logits = candidate.model.finish(states.back(), input);
    data.add(batch, logits, candidate.tally);
  }
}

/// What is left to measure, in the order in which it should be: the widest jump between measured neighbours first.
std::vector<int> nextGroup(const Curve& curve, const std::vector<int>& stops) {
  const auto stopOf = [&stops](int kept) { return static_cast<int>(std::lower_bound(stops.begin(), stops.end(), kept) - stops.begin()); };

  struct Gap {
    double weight;
    int kept;
  };
  std::vector<Gap> gaps;
  for (size_t i = 0; i + 1 < curve.points.size(); ++i) {
    const CurvePoint& a = curve.points[i];
    const CurvePoint& b = curve.points[i + 1];
    const int from = stopOf(a.kept), to = stopOf(b.kept);
    if (to - from < 2) continue;
    const double jump = std::abs(b.metric.value - a.metric.value) + 0.25 * (a.metric.high - a.metric.low);
    gaps.push_back({jump * (to - from) / static_cast<double>(stops.size() - 1), stops[static_cast<size_t>((from + to) / 2)]});
  }
  std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.weight > b.weight; });
  std::vector<int> group;
  for (const Gap& gap : gaps)
    if (static_cast<int>(group.size()) < kGroup) group.push_back(gap.kept);
  return group;
}

void addPoint(MeasuredCurve& measured, const Candidate& candidate, const Tally& full, std::int64_t total, int trainedKeep) {
  const EvalResult result = toResult(candidate.mask, candidate.tally, total, &full);
  CurvePoint point{candidate.kept, candidate.mask.hash(), result.metric, *result.toFull, result.loss, candidate.kept == trainedKeep};
  auto& points = measured.curve.points;
  const auto place = std::lower_bound(points.begin(), points.end(), point.kept,
                                      [](const CurvePoint& p, int kept) { return p.kept < kept; });
  measured.correct.insert(measured.correct.begin() + (place - points.begin()), correctBits(candidate.tally));
  points.insert(place, std::move(point));
}

}  // namespace

std::vector<int> coarsePoints(int heads, int trainedKeep) {
  std::vector<int> points{0, heads};
  for (int i = 1; i < 8; ++i) points.push_back(static_cast<int>(std::lround(heads * i / 8.0)));
  if (trainedKeep >= 0 && trainedKeep <= heads) points.push_back(trainedKeep);
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

MeasuredCurve measureCurve(const Transformer& model, const EvaluationSet& data, Curve start, const CurvePlan& plan, const Tally& full,
                           const JobContext& context, const std::function<void(const Curve&)>& partial) {
  MeasuredCurve measured{std::move(start), {}};
  Curve& curve = measured.curve;
  const std::vector<int>& stops = plan.stops;
  const auto wanted = static_cast<std::int64_t>(stops.size());
  const auto units = static_cast<int>(wanted) - 1;
  const int trainedKept = plan.trained >= 0 && plan.trained <= units ? stops[static_cast<size_t>(plan.trained)] : -1;
  std::vector<int> group;
  for (const int unit : coarsePoints(units, plan.trained)) group.push_back(stops[static_cast<size_t>(unit)]);
  curve.full = toResult(HeadMask(model.layout()), full, data.exampleCount(), nullptr).metric;
  curve.naiveForwards = wanted;
  const auto batches = static_cast<std::int64_t>(data.batches().size());
  for (; !group.empty(); group = nextGroup(curve, stops)) {
    std::sort(group.begin(), group.end());
    std::vector<Candidate> candidates;
    for (const int kept : group) {
      const HeadMask mask = curve.maskFor(kept);
      candidates.push_back({kept, mask, compact(model, mask), data.emptyTally()});
    }
    const auto done = static_cast<std::int64_t>(curve.points.size());
    for (std::int64_t i = 0; i < batches; ++i) {
      context.checkStop();
      runBatch(data, data.batches()[static_cast<size_t>(i)], candidates);
      context.report({"sweeping", done + static_cast<std::int64_t>(group.size()) * (i + 1) / batches, wanted, -1});
      context.yield();
    }
    requireMappedFilesIntact();
    for (const Candidate& candidate : candidates) addPoint(measured, candidate, full, data.exampleCount(), trainedKept);
    curve.forwards += static_cast<std::int64_t>(group.size());
    curve.complete = curve.points.size() == stops.size();
    if (partial) partial(curve);
  }
  return measured;
}

}  // namespace headroom
