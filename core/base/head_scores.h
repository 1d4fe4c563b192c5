// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace headroom {

/// Options of the methods that judge a trained model; each reads its own.
struct ScoreOptions {
  std::uint64_t seed = 1;
  std::string absolute =
      "example";           ///< taylor: where the absolute value is taken: token | example | batch, or none: signed
  bool normalise = false;  ///< taylor: divide each block's scores by their Euclidean norm
  int steps = 1;           ///< taylor: gradients on the way from 0 to all gates open; 1 = at open gates only
  std::string salience = "first";  ///< group-taylor: first | second | mix | vector
  bool uniform = true;             ///< group-taylor: the same share of heads in every block
  std::string norm =
      "projected";  ///< output-norm: projected (what a head adds to the residual stream) | plain (its own output, L1)
  std::string value = "loss";  ///< leave-one-out, shapley, greedy: loss | metric
  int permutations = 24;       ///< shapley: at most so many
  double truncate =
      0;  ///< shapley: a permutation ends when the loss comes this share of the way to that without heads, 0 = never
  bool operator==(const ScoreOptions&) const = default;
};

/// What was computed: passes over all calibration examples.
struct PassCosts {
  double forwards = 0;
  double backwards = 0;
  double seconds = 0;
  double peakBytes = 0;  ///< most memory the process held meanwhile; 0 = not known
};

/// What a method says of every head.
struct HeadScores {
  std::vector<double> values;      ///< flat order, largest = keep first
  std::vector<double> halfWidths;  ///< of 95 % intervals, where the method has them
  PassCosts costs;
  std::string note;  ///< what the method wants said about its numbers
};

}  // namespace headroom
