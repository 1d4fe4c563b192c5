// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/mask_answers.h"

namespace headroom {

void MaskAnswers::remember(const EvalResult& answer) {
  if (!answer.complete) return;
  EvalResult& kept = m_answers[answer.mask.hash()];
  kept = answer;
  kept.correct.reset();  // a byte an example, of which the window shows nothing
}

void MaskAnswers::remember(const Curve& curve) {
  for (const CurvePoint& point : curve.points) {
    if (m_answers.count(point.maskHash) != 0) continue;
    EvalResult answer;
    answer.mask = curve.maskFor(point.kept);
    answer.metric = point.metric;
    answer.loss = point.loss;
    answer.examplesTotal = point.metric.examples;
    answer.complete = true;
    answer.toFull = point.toFull;
    m_answers.emplace(point.maskHash, std::move(answer));
  }
}

const EvalResult* MaskAnswers::find(const HeadMask& mask) const {
  const auto found = m_answers.find(mask.hash());
  return found == m_answers.end() ? nullptr : &found->second;
}

}  // namespace headroom
