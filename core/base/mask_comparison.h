// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/snapshots.h"

namespace headroom {

/// An example that the model gets right with every head only, or under the mask only.
struct FlippedExample {
  std::int64_t index = 0;  ///< in the dev data
  std::string text;        ///< a pair's texts with " / " between; "image N" for images
  std::string expected;    ///< the class; empty where tokens are judged
  std::string before;      ///< what the unpruned model says: a class, or "12 of 15 tokens"
  std::string after;       ///< under the mask
  bool gained = false;     ///< right under the mask only
};

/// A part of the dev data: a class, or examples of similar length.
struct SliceScore {
  std::string name;
  MetricValue full;    ///< share that is right with every head
  MetricValue masked;  ///< under the mask
};

/// Where a mask and the unpruned model differ, example by example.
struct MaskComparison {
  std::string maskHash;
  std::vector<FlippedExample> flipped;  ///< lost ones first, in the data's order; at most kMostFlipped
  std::int64_t gained = 0, lost = 0;
  double mcNemar = 1;               ///< exact two-sided p: how probable so uneven a split of the flips is by chance
  std::vector<SliceScore> classes;  ///< empty where there are none
  std::vector<SliceScore> lengths;
  static constexpr std::size_t kMostFlipped = 500;
};

/// Classes that have lost more than half of what they scored, and 20 points at least, while the whole (`wholeLoss`)
/// lost less than half of that: a mask that gives up on a class. Names, in order.
[[nodiscard]] std::vector<std::string> collapsedClasses(const MaskComparison& comparison, double wholeLoss);

}  // namespace headroom
