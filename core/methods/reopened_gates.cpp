// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/reopened_gates.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/methods/gate_training.h"
#include "core/methods/reopener.h"

namespace headroom {

namespace {

constexpr std::uint64_t kReopeningStream = 0x72656f70;
constexpr const char* kConfidence = "reopening_confidence";

class ReopenedGates final : public GateMethod {
 public:
  ReopenedGates(std::unique_ptr<GateMethod> method, const TrainSettings& settings, const RunLength& length)
      : m_method(std::move(method)),
        m_clips(std::isinf(m_method->scoreBound())),
        m_clipAt(std::min(settings.clipAt, m_method->scoreBound())),
        m_rng(settings.seed, kReopeningStream),
        m_reopener(m_method->logAlpha().size(), settings, length) {}

  const std::vector<double>& logAlpha() const override { return m_method->logAlpha(); }
  std::vector<double> openProbabilities() const override { return m_method->openProbabilities(); }
  std::vector<double> testGates() const override { return m_method->testGates(); }
  std::optional<double> choiceProbability() const override { return m_method->choiceProbability(); }
  std::vector<double> draw() override { return m_method->draw(); }
  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    return m_method->differentiate(taskGradient, terms);
  }
  void update(std::span<const double> gradient, double rateFactor) override { m_method->update(gradient, rateFactor); }

  bool wantsConfidence(std::int64_t step) const override { return m_reopener.wantsConfidence(step); }
  bool rawConfidence() const override { return m_reopener.rawConfidence(); }
  void observe(std::span<const double> confidence) override { m_reopener.observe(confidence); }

  std::vector<double> headScores() const override { return m_method->headScores(); }

  std::vector<TrainEvent> endStep(std::int64_t steps) override {
    std::vector<TrainEvent> events = m_method->endStep(steps);
    std::vector<double> scores = m_method->headScores();
    for (TrainEvent& event : m_reopener.endStep(steps, scores, m_clipAt, m_rng))
      if (event.kind == TrainEventKind::Reopen || m_clips) events.push_back(std::move(event));
    if (!events.empty()) m_method->setHeadScores(scores);
    return events;
  }

  State save() const override {
    State state = m_method->save();
    state.arrays[kConfidence] = m_reopener.confidence();
    state.rng += '\n' + m_rng.state();
    return state;
  }

  void restore(const State& state) override {
    // Runs from before it was a choice have none, and were not reopened.
    if (!state.arrays.contains(kConfidence)) return m_method->restore(state);
    m_reopener.restore(checkpointArray(state, kConfidence, logAlpha().size()));
    const size_t end = state.rng.rfind('\n');
    m_method->restore({state.arrays, state.rng.substr(0, end)});
    m_rng.restore(state.rng.substr(end + 1));
  }

 private:
  std::unique_ptr<GateMethod> m_method;
  bool m_clips;  ///< else the method keeps its scores within bounds by itself
  double m_clipAt;
  Rng m_rng;
  Reopener m_reopener;
};

}  // namespace

std::unique_ptr<GateMethod> withReopening(std::unique_ptr<GateMethod> method, const TrainSettings& settings,
                                          const RunLength& length) {
  if (!settings.reopen || method->headScores().empty()) return method;
  return std::make_unique<ReopenedGates>(std::move(method), settings, length);
}

}  // namespace headroom
