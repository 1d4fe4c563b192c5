// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/head_units.h"
#include "core/scores/score_method.h"

namespace headroom {

/// What masks are worth on the input's choice examples (without any: on the calibration examples), for the methods that
/// search by trying: minus the mean loss, or the metric, as the options say. All masks are judged on the same examples.
class MaskValues {
 public:
  /// `task` is what progress is called.
  MaskValues(const ScoreInput& input, std::string task);

  /// What is removed at once; the masks below are of these.
  [[nodiscard]] const HeadUnits& units() const { return m_units; }
  /// In the order of the masks, which are of units(); neighbours that agree in many layers cost less.
  [[nodiscard]] std::vector<double> of(const std::vector<HeadMask>& ofUnits);
  /// How many masks will be tried in all, where that is known: for the progress.
  void expect(std::int64_t masks) { m_expected = masks; }
  /// Whole passes' worth of layers that were computed.
  [[nodiscard]] const PassCosts& passes() const { return m_passes; }

 private:
  const ScoreInput& m_input;
  const EvaluationSet& m_data;
  HeadUnits m_units;
  std::string m_task;
  std::int64_t m_tried = 0, m_expected = 0;
  PassCosts m_passes;
};

/// The kept heads (or units), those of the last layer first: masks that lack one more each then agree in what lies
/// below.
[[nodiscard]] std::vector<int> keptFromTheTop(const Transformer& model, const HeadMask& mask);

/// Scores that keep exactly the mask's heads: 1 for these, 0 for others.
[[nodiscard]] std::vector<double> asScores(const HeadMask& mask);

}  // namespace headroom
