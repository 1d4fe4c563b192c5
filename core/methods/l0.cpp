// SPDX-License-Identifier: GPL-3.0-or-later
// L0 gates (Louizos et al. 2018; Voita et al. 2019; McCarley et al. 2019 with frozen weights). Shim et al. 2021's
// tricks are settings: lambda that warms up, gates that start open, hard gates with straight-through gradients, outputs
// scaled by what is open.
#include "core/methods/l0.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "core/methods/gate_training.h"
#include "core/methods/hard_concrete_method.h"

namespace headroom {

namespace {

namespace hc = hard_concrete;

class L0 final : public HardConcreteMethod {
 public:
  L0(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length)
      : HardConcreteMethod(layout, settings, length) {
    if (settings.gateStart != 0) startAt(settings.gateStart);
  }

  std::vector<double> draw() override {
    (void)HardConcreteMethod::draw();
    if (settings().hardGates)
      for (hc::Differentiable& gate : drawn()) gate.value = gate.value > 0.5 ? 1 : 0;
    if (settings().scaleByOpen) scaleBlocks();
    std::vector<double> values;
    for (const hc::Differentiable& gate : drawn()) values.push_back(gate.value);
    return values;
  }

  std::vector<double> testGates() const override {
    std::vector<double> gates = HardConcreteMethod::testGates();
    if (!settings().scaleByOpen) return gates;
    for (int block = 0; block < layout().blockCount(); ++block) {
      const std::span<double> some = gatesOf(block, gates);
      const double factor = openFactor(std::accumulate(some.begin(), some.end(), 0.0), some.size());
      for (double& gate : some) gate *= factor;
    }
    return gates;
  }

 protected:
  std::vector<double> push(GateTerms& terms) const override {
    terms = {};
    terms.lambda = settings().lambda * warm();
    std::vector<double> gradient;
    for (const double phi : logAlpha()) {
      const hc::Differentiable closed = hc::closedProbability(phi);
      terms.penalty += 1 - closed.value;
      terms.closed += closed.value;
      terms.open += hc::openProbability(phi).value;
      terms.between += hc::betweenProbability(phi).value;
      gradient.push_back(-terms.lambda * closed.slope);
    }
    return gradient;
  }

 private:
  /// How much of lambda is there yet.
  [[nodiscard]] double warm() const {
    const double steps = settings().lambdaWarmup * static_cast<double>(length().steps);
    return steps > 0 ? std::min(1.0, static_cast<double>(optimiserSteps()) / steps) : 1;
  }

  /// What a block adds keeps its size when gates close; the factor counts as a constant.
  void scaleBlocks() {
    for (int block = 0; block < layout().blockCount(); ++block) {
      const std::span<hc::Differentiable> some = gatesOf(block, drawn());
      double open = 0;
      for (const hc::Differentiable& gate : some) open += gate.value;
      const double factor = openFactor(open, some.size());
      for (hc::Differentiable& gate : some) gate = {gate.value * factor, gate.slope * factor};
    }
  }

  static double openFactor(double open, size_t heads) { return open > 0 ? static_cast<double>(heads) / open : 1; }

  template <typename T>
  std::span<T> gatesOf(int block, std::vector<T>& all) const {
    return std::span(all).subspan(static_cast<size_t>(layout().firstOf(block)),
                                  static_cast<size_t>(layout().headsIn(block)));
  }
};

}  // namespace

std::unique_ptr<GateMethod> makeL0(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length) {
  return std::make_unique<L0>(layout, settings, length);
}

}  // namespace headroom
