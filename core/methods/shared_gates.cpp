// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/shared_gates.h"

#include <utility>

namespace headroom {

namespace {

class SharedGates final : public GateMethod {
 public:
  SharedGates(HeadUnits units, std::unique_ptr<GateMethod> gates)
      : m_units(std::move(units)), m_gates(std::move(gates)) {
    spread();
  }

  const std::vector<double>& logAlpha() const override { return m_logAlpha; }

  std::vector<double> openProbabilities() const override { return m_units.toHeads(m_gates->openProbabilities()); }
  std::vector<double> testGates() const override {
    const std::vector<double> gates = m_gates->testGates();
    return gates.empty() ? gates : m_units.toHeads(gates);
  }
  std::optional<double> choiceProbability() const override { return m_gates->choiceProbability(); }
  std::vector<double> draw() override { return m_units.toHeads(m_gates->draw()); }

  std::vector<double> differentiate(std::span<const double> taskGradient, GateTerms& terms) override {
    return m_gates->differentiate(m_units.sums(taskGradient), terms);
  }

  void update(std::span<const double> gradient, double rateFactor) override {
    m_gates->update(gradient, rateFactor);
    spread();
  }

  bool wantsConfidence(std::int64_t step) const override { return m_gates->wantsConfidence(step); }
  bool rawConfidence() const override { return m_gates->rawConfidence(); }
  void observe(std::span<const double> confidence) override { m_gates->observe(m_units.means(confidence)); }

  std::vector<TrainEvent> endStep(std::int64_t steps) override {
    std::vector<TrainEvent> events = m_gates->endStep(steps);
    for (TrainEvent& event : events) event.heads = m_units.toHeads(event.heads);
    spread();
    return events;
  }

  State save() const override { return m_gates->save(); }
  void restore(const State& state) override {
    m_gates->restore(state);
    spread();
  }

 private:
  void spread() { m_logAlpha = m_units.toHeads(m_gates->logAlpha()); }

  HeadUnits m_units;
  std::unique_ptr<GateMethod> m_gates;
  std::vector<double> m_logAlpha;  ///< one a query head
};

}  // namespace

std::unique_ptr<GateMethod> shareGates(HeadUnits units, std::unique_ptr<GateMethod> gates) {
  return std::make_unique<SharedGates>(std::move(units), std::move(gates));
}

}  // namespace headroom
