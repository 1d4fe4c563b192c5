// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/head_mask.h"

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
  std::string value = "loss";  ///< of the methods that search: loss | metric
  int permutations = 24;       ///< shapley: at most so many
  double truncate =
      0;  ///< shapley: a permutation ends when the loss comes this share of the way to that without heads, 0 = never
  int beam = 2;          ///< a-star: choices of one size that are gone on from
  double lost = -1;      ///< a-star: removes as many heads as lose at most this much value; below 0: all but K
  int population = 24;   ///< evolutionary: choices that live at once
  int generations = 12;  ///< evolutionary
  bool operator==(const ScoreOptions&) const = default;
};

/// What was computed: passes over all calibration examples.
struct PassCosts {
  double forwards = 0;
  double backwards = 0;
  double seconds = 0;
  double peakBytes = 0;  ///< most memory the process held meanwhile; 0 = not known
};

/// A choice of heads and what it is worth: minus the mean loss, or the metric.
struct ValuedMask {
  HeadMask mask;
  double value = 0;
};

/// What a method says of every head.
struct HeadScores {
  std::vector<double> values;      ///< flat order, largest = keep first
  std::vector<double> halfWidths;  ///< of 95 % intervals, where the method has them
  PassCosts costs;
  std::string note;               ///< what the method wants said about its numbers
  std::vector<ValuedMask> front;  ///< of a search: the choices that no other beats in both size and value, large first
};

}  // namespace headroom
