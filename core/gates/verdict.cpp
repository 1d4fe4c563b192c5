// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gates/verdict.h"

#include "core/base/head_units.h"
#include "core/gates/hard_concrete.h"

namespace headroom {

GateVerdict judge(const HeadLayout& layout, std::span<const double> logAlpha, int keep) {
  GateVerdict verdict{keepTop(layout, logAlpha, keep), true, 1.0};
  for (int head = 0; head < layout.headCount(); ++head) {
    const double phi = logAlpha[static_cast<size_t>(head)];
    const bool kept = verdict.mask.kept(head);
    verdict.exact = verdict.exact && (kept ? phi >= hard_concrete::kSettled : phi <= -hard_concrete::kSettled);
    verdict.jointProbability *=
        kept ? hard_concrete::openProbability(phi).value : hard_concrete::closedProbability(phi).value;
  }
  return verdict;
}

GateVerdict judgeUnits(const HeadLayout& heads, const std::string& unit, std::span<const double> logAlpha, int keep) {
  const HeadUnits units(heads, unit);
  GateVerdict verdict = judge(units.units(), units.means(logAlpha), keep);
  verdict.mask = units.toHeads(verdict.mask);
  return verdict;
}

}  // namespace headroom
