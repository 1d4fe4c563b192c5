// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/parameter_estimate.h"

namespace headroom {

double estimatedParameters(const ModelSummary& model, const HeadMask& mask) {
  const double slice = static_cast<double>(model.hidden) * model.headDim;
  const double queries = mask.headCount() - mask.keptCount(),
               keyValues = mask.layout().keyValueHeadCount() - mask.keptKeyValueCount();
  return static_cast<double>(model.parameters) - 2 * slice * (queries + keyValues);
}

}  // namespace headroom
