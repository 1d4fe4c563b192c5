// SPDX-License-Identifier: GPL-3.0-or-later
// Greedy backward elimination (Parnami et al. 2021 with a beam of one and no heuristic): again and again the head goes
// without which the model does best. N (N + 1) / 2 masks are tried.
#include <algorithm>

#include "core/scores/mask_value.h"
#include "core/scores/score_functions.h"

namespace headroom {

HeadScores greedyScores(const ScoreInput& input) {
  MaskValues values(input, "removing the least needed head");
  const HeadLayout& layout = values.units().units();
  const int heads = layout.headCount();
  values.expect(static_cast<std::int64_t>(heads) * (heads + 1) / 2);
  std::vector<double> removedAt(static_cast<size_t>(heads), 0);
  HeadMask mask(layout);
  for (int removed = 0; removed < heads; ++removed) {
    const std::vector<int> left = keptFromTheTop(input.model, mask);
    std::vector<HeadMask> masks;
    for (const int flat : left) {
      masks.push_back(mask);
      masks.back().set(flat, false);
    }
    const std::vector<double> found = values.of(masks);
    const auto best = static_cast<size_t>(std::max_element(found.begin(), found.end()) - found.begin());
    mask.set(left[best], false);
    removedAt[static_cast<size_t>(left[best])] = removed;
  }
  HeadScores scores;
  scores.values = values.units().toHeads(removedAt);
  scores.costs = values.passes();
  scores.note = "scores are the order of removal";
  return scores;
}

}  // namespace headroom
