// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The methods that judge a trained model; each has a file of its name, and a row of score_table.cpp says what it is.

#include <memory>

#include "core/scores/one_pass.h"
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
[[nodiscard]] HeadScores aStarScores(const ScoreInput& input);
[[nodiscard]] HeadScores evolutionaryScores(const ScoreInput& input);
[[nodiscard]] HeadScores relevanceScores(const ScoreInput& input);

// Those that several can be had of in one pass. They keep the input, which must outlive them.
[[nodiscard]] std::unique_ptr<PassScore> makeConfidence(const ScoreInput& input);
[[nodiscard]] std::unique_ptr<PassScore> makeOutputNorm(const ScoreInput& input);
/// nullptr for the integrated form, which takes several passes.
[[nodiscard]] std::unique_ptr<PassScore> makeTaylor(const ScoreInput& input);
[[nodiscard]] std::unique_ptr<PassScore> makeGroupTaylor(const ScoreInput& input);

}  // namespace headroom
