// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/pass.h"

#include <algorithm>

#include "core/gates/pass_loss.h"
#include "core/gates/schedule.h"
#include "core/methods/hard_concrete_method.h"
#include "core/methods/reopener.h"

namespace headroom {

namespace {

class Pass final : public HardConcreteMethod {
 public:
  Pass(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length, bool concentrate)
      : HardConcreteMethod(layout, settings, length),
        m_concentrate(concentrate),
        m_lambda(
            settings.published ? 1.0 : kPublishedSteps / static_cast<double>(std::max<std::int64_t>(length.steps, 1)),
            settings.published ? 1e30 : settings.lambdaCap),
        m_epochLambda(length.tokensPerStep) {}

 protected:
  std::vector<double> push(GateTerms& terms) const override {
    const PassPenalty pass =
        settings().baseLoss ? basePenalty(logAlpha(), settings().keep) : passPenalty(logAlpha(), settings().keep);
    const ConcentratorPenalty concentrator = concentratorPenalty(layout(), logAlpha());
    terms = {pass.value, concentrator.value, lambda(), m_lambdaC, pass.open, pass.closed, pass.between};
    std::vector<double> gradient;
    for (size_t i = 0; i < pass.gradient.size(); ++i)
      gradient.push_back(terms.lambda * (pass.gradient[i] + m_lambdaC * concentrator.gradient[i]));
    return gradient;
  }

  void updated() override {
    const bool met = closedCount() == headCount() - settings().keep && openCount() == settings().keep;
    m_lambda.count(met, optimiserSteps() > settlingFrom());
    if (closedCount() >= headCount() - settings().keep) m_lambdaC = 0;
  }

  void endingStep(std::int64_t steps) override {
    if (byEpochs() && steps % length().epochSteps == 0)
      m_epochLambda.count(closedCount() == headCount() - settings().keep);
  }

  void reopened(std::int64_t steps, std::vector<TrainEvent>& happened) override {
    if (m_concentrate && concentratesAt(steps)) {
      // Closed gates stand off the bound a little; taken for open ones, an empty block would ask for a weak pull.
      const double closedFrom = settings().clipAt - Reopener::tieNoise(settings());
      m_lambdaC = concentratorWeight(layout(), logAlpha(), closedFrom, settings().concentratorCap);
      happened.push_back({steps, TrainEventKind::Concentrator, {}, "concentrator weight " + std::to_string(m_lambdaC)});
    } else if (byEpochs()) {
      m_lambdaC = 0;
    }
  }

  std::vector<double> scalars() const override {
    const LambdaSchedule::Counts lambda = m_lambda.counts();
    return {static_cast<double>(lambda.unmet), static_cast<double>(lambda.unmetLate), m_lambdaC,
            static_cast<double>(m_epochLambda.doublings())};
  }

  void restoreScalars(std::span<const double> values) override {
    m_lambda.restore({static_cast<std::int64_t>(values[0]), static_cast<std::int64_t>(values[1])});
    m_lambdaC = values[2];
    m_epochLambda.restore(static_cast<std::int64_t>(values[3]));
  }

 private:
  double lambda() const { return byEpochs() ? m_epochLambda.lambda() : m_lambda.lambda(); }

  /// The translation recipe concentrates before its epochs 20 to 22 of 30.
  bool concentratesAt(std::int64_t steps) const {
    return !byEpochs() || (30 * steps >= 19 * length().steps && 30 * steps < 22 * length().steps);
  }

  bool m_concentrate;
  LambdaSchedule m_lambda;
  EpochLambda m_epochLambda;
  double m_lambdaC = 0;
};

}  // namespace

std::unique_ptr<GateMethod> makePass(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length,
                                     bool concentrate) {
  return std::make_unique<Pass>(layout, settings, length, concentrate);
}

}  // namespace headroom
