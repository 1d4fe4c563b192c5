// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sweep/curve.h"

#include <algorithm>
#include <cmath>

#include "core/sweep/mask_runs.h"

namespace headroom {

namespace {

constexpr double kCoarseShare = 0.1;  ///< of the naive cost: what points chosen one by one may take
constexpr double kFirstShare = 0.05;  ///< likewise, where all others follow
constexpr size_t kStretch =
    160;  ///< neighbours measured together: each stretch begins with a whole pass, and shows when it ends

const CurvePoint& lastBelow(const Curve& curve, int kept) {
  const auto above = std::lower_bound(curve.points.begin(), curve.points.end(), kept,
                                      [](const CurvePoint& p, int k) { return p.kept < k; });
  return above == curve.points.begin() ? *above : *std::prev(above);
}

const CurvePoint& firstAbove(const Curve& curve, int kept) {
  const auto above = std::upper_bound(curve.points.begin(), curve.points.end(), kept,
                                      [](int k, const CurvePoint& p) { return k < p.kept; });
  return above == curve.points.end() ? curve.points.back() : *above;
}

class CurveMeasurement {
 public:
  CurveMeasurement(const Transformer& model, const EvaluationSet& data, Curve start, const CurvePlan& plan,
                   const Tally& full, const JobContext& context, const std::function<void(const Curve&)>& partial,
                   CurveProgress& progress, const std::function<void()>& advanced)
      : m_model(model),
        m_data(data),
        m_plan(plan),
        m_full(full),
        m_context(context),
        m_partial(partial),
        m_progress(progress),
        m_advanced(advanced),
        m_measured{std::move(start), {}} {
    m_naiveWork = wholePassWork(model, data) * static_cast<double>(plan.stops.size());
    curve().full = toResult(HeadMask(model.layout()), full, data.exampleCount(), nullptr).metric;
    curve().naiveForwards = static_cast<std::int64_t>(plan.stops.size());
  }

  MeasuredCurve run() {
    std::vector<int> first;
    for (const int unit : coarsePoints(units(), m_plan.trained))
      first.push_back(m_plan.stops[static_cast<size_t>(unit)]);
    measure(first);
    for (std::vector<int> group = uncertain(); !group.empty(); group = uncertain()) measure(group);
    if (m_plan.exact)
      for (const std::vector<int>& stretch : stretchesLeft()) measure(stretch);
    return std::move(m_measured);
  }

 private:
  Curve& curve() { return m_measured.curve; }
  [[nodiscard]] int units() const { return static_cast<int>(m_plan.stops.size()) - 1; }
  [[nodiscard]] int trainedKept() const {
    return m_plan.trained >= 0 && m_plan.trained <= units() ? m_plan.stops[static_cast<size_t>(m_plan.trained)] : -1;
  }

  /// Adds points that are measured together. Which these are follows from the points before them alone, so a
  /// measurement that goes on repeats the decisions of the one that was left.
  void measure(std::vector<int> stops) {
    std::sort(stops.begin(), stops.end());
    const auto known = [this](int kept) { return m_progress.points.contains(kept); };
    if (!std::all_of(stops.begin(), stops.end(), known)) measureTogether(stops);
    double work = 0;
    for (const int kept : stops) {
      const CurveProgress::Point& found = m_progress.points.at(kept);
      addPoint(found);
      work += found.work;
    }
    curve().layerShare += work / m_naiveWork;
    curve().forwards += static_cast<std::int64_t>(stops.size());
    curve().complete = curve().points.size() == m_plan.stops.size();
    if (m_partial) m_partial(curve());
  }

  void measureTogether(const std::vector<int>& stops) {
    std::vector<HeadMask> masks;
    for (const int kept : stops) masks.push_back(curve().maskFor(kept));
    if (m_progress.underWay != stops) {
      m_progress.underWay = stops;
      m_progress.masks.assign(stops.size(), MaskProgress{m_data.emptyTally(), 0, 0});
    }
    const auto done = static_cast<double>(curve().points.size()), count = static_cast<double>(stops.size());
    const auto progress = [&](double share) {
      m_context.report({"sweeping", static_cast<std::int64_t>(done + share * count), curve().naiveForwards, -1});
    };
    continueMasks(m_model, m_data, masks, m_progress.masks, m_context, progress, m_advanced, m_plan.cutBytes);
    for (size_t i = 0; i < stops.size(); ++i) {
      const MaskProgress& mask = m_progress.masks[i];
      m_progress.points[stops[i]] = {pointOf(stops[i], masks[i], mask.tally), correctBits(mask.tally), mask.work};
    }
    m_progress.underWay.clear();
    m_progress.masks.clear();
  }

  [[nodiscard]] CurvePoint pointOf(int kept, const HeadMask& mask, const Tally& tally) const {
    const EvalResult result = toResult(mask, tally, m_data.exampleCount(), &m_full);
    return {kept, mask.hash(), result.metric, *result.toFull, result.loss, kept == trainedKept()};
  }

  void addPoint(const CurveProgress::Point& found) {
    auto& points = curve().points;
    const auto place = std::lower_bound(points.begin(), points.end(), found.point.kept,
                                        [](const CurvePoint& p, int k) { return p.kept < k; });
    m_measured.correct.insert(m_measured.correct.begin() + (place - points.begin()), found.correct);
    points.insert(place, found.point);
  }

  /// The middles of gaps over which the curve moves by more than half an interval, the widest jump first, while they
  /// fit into what may be spent on points one by one.
  std::vector<int> uncertain() {
    struct Gap {
      double weight;
      int kept;
    };
    std::vector<Gap> gaps;
    const std::vector<int>& stops = m_plan.stops;
    for (size_t i = 0; i + 1 < curve().points.size(); ++i) {
      const CurvePoint& a = curve().points[i];
      const CurvePoint& b = curve().points[i + 1];
      const auto from = std::lower_bound(stops.begin(), stops.end(), a.kept) - stops.begin(),
                 to = std::lower_bound(stops.begin(), stops.end(), b.kept) - stops.begin();
      const double jump = std::abs(b.metric.value - a.metric.value),
                   width = std::max(a.metric.high - a.metric.low, b.metric.high - b.metric.low);
      if (to - from >= 2 && jump > width / 2)
        gaps.push_back({jump * static_cast<double>(to - from), stops[static_cast<size_t>((from + to) / 2)]});
    }
    std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) { return a.weight > b.weight; });
    std::vector<int> group;
    double share = curve().layerShare;
    for (const Gap& gap : gaps) {
      share += maskWork(m_model, m_data, curve().maskFor(gap.kept)) / m_naiveWork;
      if (share <= (m_plan.exact ? kFirstShare : kCoarseShare)) group.push_back(gap.kept);
    }
    return group;
  }

  /// What is not measured, in stretches of neighbours, those over which the curve moves most first.
  std::vector<std::vector<int>> stretchesLeft() {
    std::vector<std::vector<int>> stretches;
    for (const int stop : m_plan.stops) {
      if (curve().at(stop)) continue;
      if (stretches.empty() || stretches.back().size() == kStretch) stretches.emplace_back();
      stretches.back().push_back(stop);
    }
    const auto jump = [this](const std::vector<int>& stretch) {
      return std::abs(firstAbove(curve(), stretch.back()).metric.value -
                      lastBelow(curve(), stretch.front()).metric.value);
    };
    std::stable_sort(stretches.begin(), stretches.end(),
                     [&](const auto& a, const auto& b) { return jump(a) > jump(b); });
    return stretches;
  }

  const Transformer& m_model;
  const EvaluationSet& m_data;
  const CurvePlan& m_plan;
  const Tally& m_full;
  const JobContext& m_context;
  const std::function<void(const Curve&)>& m_partial;
  CurveProgress& m_progress;
  const std::function<void()>& m_advanced;
  MeasuredCurve m_measured;
  double m_naiveWork = 0;  ///< of every stop with every head, nothing shared
};

}  // namespace

std::vector<int> coarsePoints(int heads, int trainedKeep) {
  std::vector<int> points{0, heads};
  for (int i = 1; i < 8; ++i) points.push_back(static_cast<int>(std::lround(heads * i / 8.0)));
  if (trainedKeep >= 0 && trainedKeep <= heads) points.push_back(trainedKeep);
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

namespace {

/// How far measured points lie off the line between their neighbours: the root of the mean square.
double roughness(const Curve& curve) {
  double squares = 0;
  for (size_t i = 1; i + 1 < curve.points.size(); ++i) {
    const CurvePoint &before = curve.points[i - 1], &here = curve.points[i], &after = curve.points[i + 1];
    const double share = static_cast<double>(here.kept - before.kept) / (after.kept - before.kept);
    const double off = here.metric.value - before.metric.value - share * (after.metric.value - before.metric.value);
    squares += off * off;
  }
  return curve.points.size() > 2 ? std::sqrt(squares / static_cast<double>(curve.points.size() - 2)) : 0;
}

}  // namespace

MetricValue betweenPoints(const Curve& curve, int kept) {
  const CurvePoint* measured = curve.at(kept);
  if (measured) return measured->metric;
  const CurvePoint& a = lastBelow(curve, kept);
  const CurvePoint& b = firstAbove(curve, kept);
  MetricValue between = a.metric;
  const double share = b.kept > a.kept ? static_cast<double>(kept - a.kept) / (b.kept - a.kept) : 0,
               rough = roughness(curve);
  between.value = a.metric.value + share * (b.metric.value - a.metric.value);
  between.low = std::min(a.metric.low, b.metric.low) - rough;
  between.high = std::max(a.metric.high, b.metric.high) + rough;
  return between;
}

MeasuredCurve measureCurve(const Transformer& model, const EvaluationSet& data, Curve start, const CurvePlan& plan,
                           const Tally& full, const JobContext& context,
                           const std::function<void(const Curve&)>& partial, CurveProgress* progress,
                           const std::function<void()>& advanced) {
  CurveProgress own;
  return CurveMeasurement(model, data, std::move(start), plan, full, context, partial, progress ? *progress : own,
                          advanced)
      .run();
}

}  // namespace headroom
