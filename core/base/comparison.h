// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/head_scores.h"
#include "core/base/snapshots.h"

namespace headroom {

/// What may be compared on one curve: frozen weights; the same number of recovery steps after pruning; weights and
/// gates trained together for the same number of steps; heads chosen anew for every input, K in the mean.
enum class Regime { PostHoc, Recovered, Joint, RunTime };
/// "post-hoc", "recovered", "joint", "run-time".
[[nodiscard]] std::string regimeName(Regime regime);

/// One method at one K under one seed.
struct CompareCell {
  std::string method;
  Regime regime = Regime::PostHoc;
  int keep = 0;  ///< K, in units
  std::uint64_t seed = 1;
  bool done = false;
  std::string error;  ///< why it failed; empty otherwise
  HeadMask mask;
  std::vector<double> scores;  ///< what the mask was chosen by, flat order, largest = keep first; empty where a method
                               ///< gives a mask only
  MetricValue metric;
  PairedDifference toFull;
  double loss = 0;
  double meanKept = -1;         ///< heads kept in the mean over inputs, where every input has its own; -1 = K
  bool exact = true;            ///< false: learned gates did not settle, the mask is the top K
  std::int64_t trainSteps = 0;  ///< optimiser steps
  PassCosts costs;

  /// "taylor-posthoc-k8-s1": what its file is called.
  [[nodiscard]] std::string name() const;
};

/// What a campaign's data were for where there are three of them, as files or in words.
struct DataRoles {
  std::string judged;    ///< what heads were judged, and models trained, on
  std::string chosen;    ///< what methods that try whole masks chose on, and EBERT its threshold
  std::string reported;  ///< what every cell is measured on
};

/// A campaign: everything that was asked for, done or not.
struct Comparison {
  HeadLayout layout;
  std::string unit = "head";  ///< what K counts, see HeadUnits
  std::string metricName;
  MetricValue full;                ///< the unpruned model
  std::optional<DataRoles> roles;  ///< absent: all is judged and chosen on the training data, and reported on dev data
  bool seenData = false;           ///< heads are judged, or choices made, on what is reported
  std::string modelSha256;         ///< of the weights that were compared, where it was read back; may be empty
  bool ofOtherModel = false;       ///< was read back for a model of the same heads and other weights
  bool searchedLambda = false;     ///< L0 came to K by bisection on lambda; else by the top of log alpha
  std::vector<CompareCell> cells;
  [[nodiscard]] size_t doneCount() const;
  /// How many units the model has: the largest K.
  [[nodiscard]] int unitCount() const;
  /// "heads kept" or "groups kept": what K says.
  [[nodiscard]] std::string keptText() const { return unit + "s kept"; }
};

/// Mean of several seeds with its 95 % interval (Student's t), and the least and the most there was; all are the mean
/// itself for one seed, which has no interval: what is written for people and programs leaves it out.
struct SeedMean {
  double mean = 0, low = 0, high = 0;
  int seeds = 0;
  double least = 0, most = 0;
};
[[nodiscard]] SeedMean seedMean(const std::vector<double>& values);

/// Seeds of one method, regime and K together.
struct CompareRow {
  std::string method;
  Regime regime = Regime::PostHoc;
  int keep = 0;
  SeedMean metric;
  double meanKept = -1;                ///< mean over inputs and seeds, where every input has its own heads; -1 = K
  double liveBlocks = 0;               ///< mean
  double gini = 0;                     ///< mean
  double effectiveBlocks = 0;          ///< mean
  double overlap = 0;                  ///< mean Jaccard index of the survivors between seeds; 1 for one seed
  double chance = 0;                   ///< what random choices of as many units overlap by
  double seconds = 0;                  ///< mean
  double forwards = 0, backwards = 0;  ///< mean
  [[nodiscard]] double forwardsEquivalent() const {
    return forwards + 2 * backwards;
  }  ///< a backward pass works twice as much
  int failed = 0;
  double trainSteps = 0;  ///< optimiser steps, mean
  double peakBytes = 0;   ///< most memory that the process held, of any seed
};
/// "3 seeds", or "10 masks" of a random choice.
[[nodiscard]] std::string seedsText(const CompareRow& row);
/// By regime, method, K. Cells that are not done count as absent, failed ones are counted.
[[nodiscard]] std::vector<CompareRow> summarise(const Comparison& comparison);

/// One line a cell, with a header.
[[nodiscard]] std::string comparisonCsv(const Comparison& comparison);
/// One line a row of summarise(), with a header: mean, interval and range over so many seeds (of a random choice:
/// masks). One seed has neither interval nor overlap.
[[nodiscard]] std::string summaryCsv(const Comparison& comparison);

}  // namespace headroom
