// SPDX-License-Identifier: GPL-3.0-or-later
// The control: any head is as good as another.
#include "core/base/rng.h"
#include "core/scores/score_functions.h"

namespace headroom {

HeadScores randomScores(const ScoreInput& input) {
  Rng rng(input.options.seed, 0x72616e64);
  HeadScores scores;
  for (int head = 0; head < input.model.layout().headCount(); ++head) scores.values.push_back(rng.uniform());
  return scores;
}

}  // namespace headroom
