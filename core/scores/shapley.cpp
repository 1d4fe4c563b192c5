// SPDX-License-Identifier: GPL-3.0-or-later
// Held & Yang 2022: a head's Shapley value, the mean of what it adds to those that are open before it over random
// orders. Orders are walked from the whole model downwards; one may end early (`truncate`), and all end when every
// interval (empirical Bernstein, 95 %) says on which side of 0 its head is, or is short. Signed: below 0 the head does
// harm.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/base/rng.h"
#include "core/scores/mask_value.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

constexpr double kShort = 0.02;  ///< of what all heads add together: an interval this short says enough
constexpr size_t kLook = 8;      ///< masks between two looks at whether an order may end

/// What was seen of one head.
struct Contributions {
  double sum = 0, squares = 0, low = 0, high = 0;
  int count = 0;

  void add(double value) {
    low = count == 0 ? value : std::min(low, value);
    high = count == 0 ? value : std::max(high, value);
    sum += value;
    squares += value * value;
    ++count;
  }
  [[nodiscard]] double mean() const { return count > 0 ? sum / count : 0; }
  /// Empirical Bernstein bound at 95 % for contributions that lie within an interval of width `range`.
  [[nodiscard]] double halfWidth(double range) const {
    if (count < 2) return std::numeric_limits<double>::infinity();
    const double variance = std::max(0.0, squares / count - mean() * mean()), term = std::log(3 / 0.05) / count;
    return std::sqrt(2 * variance * term) + 3 * range * term;
  }
};

class Shapley {
 public:
  explicit Shapley(const ScoreInput& input)
      : m_input(input),
        m_values(input, "Shapley values"),
        m_layout(m_values.units().units()),
        m_seen(static_cast<size_t>(m_layout.headCount())) {
    m_values.expect(static_cast<std::int64_t>(input.options.permutations) * m_layout.headCount() + 2);
    const std::vector<double> ends = m_values.of({HeadMask(m_layout), HeadMask(m_layout, false)});
    m_all = ends[0];
    m_none = ends[1];
  }

  HeadScores scores() {
    Rng rng(m_input.options.seed, 0x73686170);
    int orders = 0;
    while (orders < std::max(1, m_input.options.permutations) && !decided()) {
      walk(rng);
      ++orders;
    }
    std::vector<double> means, halfWidths;
    for (const Contributions& head : m_seen) {
      means.push_back(head.mean());
      halfWidths.push_back(head.halfWidth(range()));
    }
    HeadScores scores;
    scores.values = m_values.units().toHeads(means);
    scores.halfWidths = m_values.units().toHeads(halfWidths);
    scores.costs = m_values.passes();
    scores.note = std::to_string(orders) + " random orders";
    return scores;
  }

 private:
  void walk(Rng& rng) {
    std::vector<int> order(m_seen.size());
    std::iota(order.begin(), order.end(), 0);
    rng.shuffle(std::span<int>(order));
    HeadMask mask(m_layout);
    double before = m_all;
    for (size_t at = 0; at < order.size();) {
      std::vector<HeadMask> masks;
      for (size_t i = at; i < order.size() && masks.size() < kLook; ++i) {
        mask.set(order[i], false);
        masks.push_back(mask);
      }
      for (const double value : m_values.of(masks)) {
        m_seen[static_cast<size_t>(order[at++])].add(before - value);
        before = value;
      }
      if (endsAt(before)) {
        // What is left between here and no head at all is shared by those that were not walked.
        for (size_t i = at; i < order.size(); ++i)
          m_seen[static_cast<size_t>(order[i])].add((before - m_none) / static_cast<double>(order.size() - at));
        return;
      }
    }
  }

  /// Whether this value is far enough on the way to that without heads, which may lie above or below.
  [[nodiscard]] bool endsAt(double value) const {
    const double way = m_all - m_none, truncate = m_input.options.truncate;
    return truncate > 0 && way != 0 && (m_all - value) / way > truncate;
  }

  [[nodiscard]] bool decided() const {
    const double width = range();
    return std::all_of(m_seen.begin(), m_seen.end(), [&](const Contributions& head) {
      return head.halfWidth(width) < std::abs(head.mean()) || head.halfWidth(width) < kShort * std::abs(m_all - m_none);
    });
  }

  /// What contributions can differ by is not known of one head by itself, which may have been seen doing the same
  /// twice: the widest interval that any head's lie in.
  [[nodiscard]] double range() const {
    double low = 0, high = 0;
    for (const Contributions& head : m_seen) {
      low = std::min(low, head.low);
      high = std::max(high, head.high);
    }
    return high - low;
  }

  const ScoreInput& m_input;
  MaskValues m_values;
  const HeadLayout& m_layout;  ///< of units
  std::vector<Contributions> m_seen;
  double m_all = 0, m_none = 0;
};

}  // namespace

HeadScores shapleyScores(const ScoreInput& input) { return Shapley(input).scores(); }

}  // namespace headroom
