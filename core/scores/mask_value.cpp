// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/scores/mask_value.h"

#include <algorithm>

#include "core/sweep/mask_runs.h"

namespace headroom {

MaskValues::MaskValues(const ScoreInput& input, std::string task)
    : m_input(input),
      m_data(input.choice ? *input.choice : input.calibration),
      m_units(input.model.layout(), input.unit),
      m_task(std::move(task)) {}

std::vector<double> MaskValues::of(const std::vector<HeadMask>& ofUnits) {
  std::vector<HeadMask> masks;
  for (const HeadMask& each : ofUnits) masks.push_back(m_units.toHeads(each));
  const auto count = static_cast<std::int64_t>(masks.size());
  const auto progress = [&](double share) {
    m_input.context.report({m_task, m_tried + static_cast<std::int64_t>(share * static_cast<double>(count)),
                            std::max(m_expected, m_tried + count), -1});
  };
  const MaskRuns runs = runMasks(m_input.model, m_data, masks, m_input.context, progress);
  m_tried += count;
  m_passes.forwards += runs.work / wholePassWork(m_input.model, m_data);
  std::vector<double> values;
  for (size_t i = 0; i < masks.size(); ++i) {
    const EvalResult result = toResult(masks[i], runs.tallies[i], m_data.exampleCount(), nullptr);
    values.push_back(m_input.options.value == "metric" ? result.metric.value : -result.loss);
  }
  return values;
}

std::vector<int> keptFromTheTop(const Transformer& model, const HeadMask& mask) {
  std::vector<int> left;
  for (int flat = mask.headCount() - 1; flat >= 0; --flat)
    if (mask.kept(flat)) left.push_back(flat);
  const auto layer = [&](int flat) { return model.layerOf(mask.layout().at(flat).block); };
  std::stable_sort(left.begin(), left.end(), [&](int a, int b) { return layer(a) > layer(b); });
  return left;
}

std::vector<double> asScores(const HeadMask& mask) { return {mask.bytes().begin(), mask.bytes().end()}; }

}  // namespace headroom
