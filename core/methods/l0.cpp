// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/l0.h"

#include "core/methods/hard_concrete_method.h"

namespace headroom {

namespace {

namespace hc = hard_concrete;

class L0 final : public HardConcreteMethod {
 public:
  using HardConcreteMethod::HardConcreteMethod;

 protected:
  std::vector<double> push(GateTerms& terms) const override {
    terms = {};
    terms.lambda = settings().lambda;
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
};

}  // namespace

std::unique_ptr<GateMethod> makeL0(const HeadLayout& layout, const TrainSettings& settings, const RunLength& length) {
  return std::make_unique<L0>(layout, settings, length);
}

}  // namespace headroom
