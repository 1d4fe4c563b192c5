// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/scores/score_method.h"

namespace headroom {

/// What masks are worth on the calibration examples, for the methods that search by trying: minus the mean loss, or the
/// metric, as the options say. All masks are judged on the same examples.
class MaskValues {
 public:
  /// `task` is what progress is called.
  MaskValues(const ScoreInput& input, std::string task);

  /// In the order of the masks; neighbours that agree in many layers cost less.
  [[nodiscard]] std::vector<double> of(const std::vector<HeadMask>& masks);
  /// How many masks will be tried in all, where that is known: for the progress.
  void expect(std::int64_t masks) { m_expected = masks; }
  /// Whole passes' worth of layers that were computed.
  [[nodiscard]] const PassCosts& passes() const { return m_passes; }

 private:
  const ScoreInput& m_input;
  std::string m_task;
  std::int64_t m_tried = 0, m_expected = 0;
  PassCosts m_passes;
};

/// The kept heads, those of the last layer first: masks that lack one more each then agree in what lies below.
[[nodiscard]] std::vector<int> keptFromTheTop(const Transformer& model, const HeadMask& mask);

/// Scores that keep exactly the mask's heads: 1 for these, 0 for others.
[[nodiscard]] std::vector<double> asScores(const HeadMask& mask);

}  // namespace headroom
