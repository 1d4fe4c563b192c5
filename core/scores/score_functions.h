// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The methods that judge a trained model; each has a file of its name, and a row of score_table.cpp says what it is.

#include "core/scores/score_method.h"

namespace headroom {

[[nodiscard]] HeadScores randomScores(const ScoreInput& input);
[[nodiscard]] HeadScores magnitudeScores(const ScoreInput& input);
[[nodiscard]] HeadScores confidenceScores(const ScoreInput& input);
[[nodiscard]] HeadScores outputNormScores(const ScoreInput& input);
[[nodiscard]] HeadScores taylorScores(const ScoreInput& input);
[[nodiscard]] HeadScores groupTaylorScores(const ScoreInput& input);
[[nodiscard]] HeadScores leaveOneOutScores(const ScoreInput& input);
[[nodiscard]] HeadScores shapleyScores(const ScoreInput& input);
[[nodiscard]] HeadScores greedyScores(const ScoreInput& input);

}  // namespace headroom
