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

/// What may be compared on one curve: frozen weights; the same number of recovery steps after pruning; weights and gates trained together for
/// the same number of steps.
enum class Regime { PostHoc, Recovered, Joint };
/// "post-hoc", "recovered", "joint".
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
  MetricValue metric;
  PairedDifference toFull;
  double loss = 0;
  bool exact = true;     ///< false: learned gates did not settle, the mask is the top K
  std::int64_t trainSteps = 0;  ///< optimiser steps
  PassCosts costs;

  /// "taylor-posthoc-k8-s1": what its file is called.
  [[nodiscard]] std::string name() const;
};

/// A campaign: everything that was asked for, done or not.
struct Comparison {
  HeadLayout layout;
  std::string metricName;
  MetricValue full;  ///< the unpruned model
  std::vector<CompareCell> cells;
  [[nodiscard]] size_t doneCount() const;
};

/// Mean of several seeds with its 95 % interval (Student's t); the interval is the mean itself for one seed.
struct SeedMean {
  double mean = 0, low = 0, high = 0;
  int seeds = 0;
};
[[nodiscard]] SeedMean seedMean(const std::vector<double>& values);

/// Seeds of one method, regime and K together.
struct CompareRow {
  std::string method;
  Regime regime = Regime::PostHoc;
  int keep = 0;
  SeedMean metric;
  double liveBlocks = 0;  ///< mean
  double gini = 0;        ///< mean
  double overlap = 0;     ///< mean Jaccard index of the survivors between seeds; 1 for one seed
  double chance = 0;      ///< what random choices of as many heads overlap by
  double seconds = 0;     ///< mean
  double forwards = 0, backwards = 0;  ///< mean
  int failed = 0;
};
/// By regime, method, K. Cells that are not done count as absent, failed ones are counted.
[[nodiscard]] std::vector<CompareRow> summarise(const Comparison& comparison);

/// |both kept| / |kept in either|; 1 when neither keeps any.
[[nodiscard]] double jaccard(const HeadMask& a, const HeadMask& b);
/// The expected Jaccard index of two random choices of `keep` of `all` heads.
[[nodiscard]] double chanceJaccard(int keep, int all);
/// How often each head survives, over the done cells of a method (all methods where it is empty), one share a head.
[[nodiscard]] std::vector<double> survivalFrequency(const Comparison& comparison, const std::string& method = {});

/// One line a cell, with a header.
[[nodiscard]] std::string comparisonCsv(const Comparison& comparison);

}  // namespace headroom
