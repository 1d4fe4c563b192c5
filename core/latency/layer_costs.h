// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/job_context.h"
#include "core/base/latency_table.h"
#include "core/model/transformer.h"

namespace headroom {

/// A batch of random tokens or pixels of the shape that is to be timed. Throws Error when the model has no room for it.
[[nodiscard]] ModelInput latencyInput(const Transformer& model, const LatencySettings& settings);

/// Times one layer of each kind, really compacted to every number of heads (at most 17 numbers a block), in `model`'s
/// element type and on its device; device and dtype are for the caller to fill in.
[[nodiscard]] LatencyTable measureLayerCosts(const Transformer& model, const LatencySettings& settings,
                                             const JobContext& context);

/// Really compacted models, timed against each other; the first one's samples tell whether the machine was quiet.
struct MaskTimes {
  std::vector<double> ms;  ///< one a mask
  double spread = 1;
  std::string busy;  ///< as in LatencyTable
};
[[nodiscard]] MaskTimes timeMasks(const Transformer& model, const std::vector<HeadMask>& masks,
                                  const LatencySettings& settings, const JobContext& context);

}  // namespace headroom
