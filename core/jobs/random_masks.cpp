// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/head_units.h"
#include "core/base/rng.h"
#include "core/data/metrics.h"
#include "core/jobs/requests.h"
#include "core/jobs/workspace_state.h"
#include "core/prune/surgery.h"
#include "core/sweep/curve.h"

namespace headroom {

namespace {

constexpr size_t kFewest = 3;  ///< masks of one size from which a spread is worth showing
/// `shares`: what every mask of one size scores.
CurvePoint spread(int kept, const std::vector<double>& shares, std::int64_t examples) {
  const double count = static_cast<double>(shares.size());
  const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / count;
  double squares = 0;
  for (const double share : shares) squares += (share - mean) * (share - mean);
  const double half = shares.size() > 1 ? kNormal95 * std::sqrt(squares / (count - 1)) : 0;
  CurvePoint point;
  point.kept = kept;
  point.metric.value = mean;
  point.metric.low = std::max(0.0, mean - half);
  point.metric.high = std::min(1.0, mean + half);
  point.metric.examples = examples;
  return point;
}

Curve randomOrder(const HeadLayout& layout, const HeadUnits& units, std::uint64_t seed, int index) {
  Rng rng(seed, static_cast<std::uint64_t>(index));
  std::vector<double> scores(static_cast<size_t>(units.count()));
  for (double& score : scores) score = rng.uniform();
  Curve curve;
  curve.layout = layout;
  curve.order = units.toHeads(keepOrder(scores));
  return curve;
}

}  // namespace

std::vector<CurvePoint> measureRandomMasks(Workspace& workspace, const RandomMasksRequest& request,
                                           const JobContext& context,
                                           const std::function<void(const std::vector<CurvePoint>&)>& partial) {
  Workspace::State& state = workspace.state();
  (void)state.requireModel();
  const EvaluationSet& data = state.requireDev();
  const Transformer model = state.forEvaluation(*state.opened);
  const HeadUnits units(model.layout(), request.unit);
  const std::vector<int> sizes = coarsePoints(units.count(), -1);
  std::vector<std::vector<double>> shares(sizes.size());
  std::vector<CurvePoint> points;
  JobContext quiet = context;
  quiet.progress = {};
  for (int order = 0; order < request.orders; ++order) {
    const Curve nested = randomOrder(model.layout(), units, request.seed, order);
    const std::vector<int> stops = units.stops(nested.order);
    context.report({"measuring random masks", order, request.orders, -1});
    points.clear();
    for (size_t i = 0; i < sizes.size(); ++i) {
      const int kept = stops[static_cast<size_t>(sizes[i])];
      const bool onlyOne = sizes[i] == 0 || sizes[i] == units.count();
      if (order == 0 || !onlyOne) {
        const Tally tally = evaluate(compact(model, nested.maskFor(kept)), data, quiet);
        shares[i].push_back(toResult(nested.maskFor(kept), tally, data.exampleCount(), nullptr).metric.value);
      }
      points.push_back(spread(kept, shares[i], data.exampleCount()));
    }
    if (partial && shares.size() > 2 && shares[1].size() >= kFewest) partial(points);
  }
  return points;
}

}  // namespace headroom
