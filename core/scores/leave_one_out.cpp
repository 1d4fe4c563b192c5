// SPDX-License-Identifier: GPL-3.0-or-later
// Michel et al. 2019, section 3; Wang & Tu 2020: what the model loses without one head. Signed: below 0 the head does
// harm.
#include "core/scores/mask_value.h"
#include "core/scores/score_functions.h"

namespace headroom {

HeadScores leaveOneOutScores(const ScoreInput& input) {
  MaskValues values(input, "leaving out one head at a time");
  const HeadLayout& layout = values.units().units();
  // From the last layer down: all layers below the one that lacks a head are the whole model's, and are computed once.
  std::vector<HeadMask> masks{HeadMask(layout)};
  std::vector<int> removed;
  for (int flat = layout.headCount() - 1; flat >= 0; --flat) removed.push_back(flat);
  std::stable_sort(removed.begin(), removed.end(), [&](int a, int b) {
    return input.model.layerOf(layout.at(a).block) > input.model.layerOf(layout.at(b).block);
  });
  for (const int flat : removed) {
    masks.emplace_back(layout);
    masks.back().set(flat, false);
  }
  const std::vector<double> found = values.of(masks);
  std::vector<double> lost(removed.size(), 0);
  for (size_t i = 0; i < removed.size(); ++i) lost[static_cast<size_t>(removed[i])] = found[0] - found[i + 1];
  HeadScores scores;
  scores.values = values.units().toHeads(lost);
  scores.costs = values.passes();
  return scores;
}

}  // namespace headroom
