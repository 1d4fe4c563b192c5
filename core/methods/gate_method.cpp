// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/methods/gate_method.h"

#include "core/gates/hard_concrete.h"

namespace headroom {

std::vector<double> GateMethod::openProbabilities() const {
  std::vector<double> open;
  for (const double phi : logAlpha()) open.push_back(hard_concrete::openProbability(phi).value);
  return open;
}

}  // namespace headroom
