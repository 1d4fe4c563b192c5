// SPDX-License-Identifier: GPL-3.0-or-later
// A* (Parnami, Singh & Joshi 2021; the heuristic here is our own): a state is a set of removed heads, its cost what the
// model has lost by them, its estimate of what is still to be lost the sum of the least losses of single heads. Heads
// interact, so the estimate is no bound and the result is the best that was found. At most `beam` states of one size
// are gone on from; with a beam of one and no estimate it is greedy elimination.
#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "core/scores/mask_value.h"
#include "core/scores/score_functions.h"

namespace headroom {

namespace {

constexpr double kRounding = 1e-12;  ///< a loss of 0.01 that is allowed may be computed as a little more

struct State {
  HeadMask mask;        ///< of units, as all masks here are
  double lost = 0;      ///< value
  double estimate = 0;  ///< of all that is lost on the way to the goal
  bool within = true;   ///< of what may be lost
};

/// The least of a queue: what may be lost comes first, then the least estimate; ties go to the earlier choice of heads.
struct Later {
  bool operator()(const State& a, const State& b) const {
    if (a.within != b.within) return b.within;
    if (a.estimate != b.estimate) return a.estimate > b.estimate;
    return std::ranges::lexicographical_compare(a.mask.bytes(), b.mask.bytes());
  }
};

class Search {
 public:
  explicit Search(const ScoreInput& input)
      : m_input(input), m_values(input, "searching by A*"), m_byLost(input.options.lost >= 0) {
    const int heads = m_values.units().count();
    m_goal = m_byLost ? heads : heads - input.keep;
    m_values.expect(static_cast<std::int64_t>(m_goal) * (2 * heads - m_goal + 1) / 2 * input.options.beam);
  }

  HeadScores scores() {
    const HeadMask all(m_values.units().units());
    m_full = m_values.of({all}).front();
    consider({all});
    while (!m_open.empty()) {
      const State state = m_open.top();
      m_open.pop();
      const int removed = removedBy(state.mask);
      if (removed < m_goal && m_expanded[removed]++ < m_input.options.beam) expand(state.mask);
    }
    HeadScores scores;
    const HeadMask best = m_values.units().toHeads(m_best->mask);
    scores.values = asScores(best);
    scores.costs = m_values.passes();
    scores.front = {{best, m_full - m_best->lost}};
    scores.note = "best found, with a beam of " + std::to_string(m_input.options.beam) + ": keeps " +
                  std::to_string(best.keptCount()) + " heads and loses " + std::to_string(m_best->lost);
    return scores;
  }

 private:
  static int removedBy(const HeadMask& mask) { return mask.headCount() - mask.keptCount(); }

  void expand(const HeadMask& mask) {
    std::vector<HeadMask> next;
    for (const int head : keptFromTheTop(m_input.model, mask)) {
      HeadMask without = mask;
      without.set(head, false);
      if (m_seen.insert({without.bytes().begin(), without.bytes().end()}).second) next.push_back(std::move(without));
    }
    const std::vector<double> values = m_values.of(next);
    if (m_alone.empty()) rememberAlone(next, values);
    for (size_t i = 0; i < next.size(); ++i) consider({std::move(next[i]), m_full - values[i]});
  }

  /// What the model loses without one head.
  void rememberAlone(const std::vector<HeadMask>& masks, const std::vector<double>& values) {
    for (size_t i = 0; i < masks.size(); ++i)
      for (int head = 0; head < masks[i].headCount(); ++head)
        if (!masks[i].kept(head)) m_alone[head] = std::max(0.0, m_full - values[i]);
  }

  void consider(State state) {
    state.within = !m_byLost || state.lost <= m_input.options.lost + kRounding;
    state.estimate = state.lost + stillToLose(state.mask);
    if (isBetter(state)) m_best = state;
    m_open.push(std::move(state));
  }

  [[nodiscard]] double stillToLose(const HeadMask& mask) const {
    std::vector<double> losses;
    for (const auto& [head, lost] : m_alone)
      if (mask.kept(head)) losses.push_back(lost);
    std::sort(losses.begin(), losses.end());
    const auto count = std::min<size_t>(losses.size(), static_cast<size_t>(m_goal - removedBy(mask)));
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += losses[i];
    return sum;
  }

  [[nodiscard]] bool isBetter(const State& state) const {
    if (m_byLost ? !state.within : removedBy(state.mask) != m_goal) return false;
    if (!m_best) return true;
    const int more = removedBy(state.mask) - removedBy(m_best->mask);
    return more > 0 || (more == 0 && state.lost < m_best->lost);
  }

  const ScoreInput& m_input;
  MaskValues m_values;
  bool m_byLost;
  int m_goal = 0;  ///< heads to remove, at most
  double m_full = 0;
  std::map<int, double> m_alone;
  std::priority_queue<State, std::vector<State>, Later> m_open;
  std::set<std::vector<std::uint8_t>> m_seen;
  std::map<int, int> m_expanded;  ///< states that were gone on from, by their size
  std::optional<State> m_best;
};

}  // namespace

HeadScores aStarScores(const ScoreInput& input) { return Search(input).scores(); }

}  // namespace headroom
