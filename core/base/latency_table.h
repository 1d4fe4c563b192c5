// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/head_mask.h"

namespace headroom {

/// The work that is timed: one forward pass over texts (or images) without padding.
struct LatencySettings {
  int batch = 8;
  int length = 128;           ///< tokens a text, of either side of a translation; images have their own
  double secondsAtMost = 30;  ///< of measuring
  std::uint64_t seed = 1;     ///< of the inputs and of the order in which things are timed
  bool operator==(const LatencySettings&) const = default;
};

/// What one kind of attention costs: time of a block, above that of a layer without it, against the heads left in it.
struct BlockCosts {
  std::string group;       ///< "encoder.self", ...
  std::vector<int> heads;  ///< measured numbers of heads, increasing from 0
  std::vector<double> ms;  ///< one a number; 0 at 0 heads
  double keyValueMs = 0;   ///< of one key/value head beyond the fewest that so many query heads can read
  int groupSize = 1;       ///< query heads that share a key/value head
  double intercept = 0;    ///< ms that keeping a block alive costs: least squares over 1 head and more
  double slope = 0;        ///< ms a head, likewise
  bool operator==(const BlockCosts&) const = default;

  /// Between measured numbers of heads on the straight line. `keyValueHeads`: those that the heads read.
  [[nodiscard]] double at(int keptHeads, int keyValueHeads) const;
  /// Sets intercept and slope from `heads` and `ms`.
  void fit();
};

/// A layer of one stack without any head: feed-forward, norms, residuals.
struct LayerRest {
  Stack stack = Stack::Encoder;
  int layers = 0;
  double ms = 0;
  bool operator==(const LayerRest&) const = default;
};

/// Measured times from which the time of the model under any mask is the sum: ends + every layer's rest + every block.
struct LatencyTable {
  LatencySettings settings;
  std::string device;    ///< name and threads
  std::string dtype;     ///< float32 | bfloat16
  std::string machine;   ///< host and processor, see thisMachine()
  int threads = 0;       ///< on the CPU
  std::string libtorch;  ///< version
  std::string measured;  ///< when: ISO 8601, UTC
  std::vector<BlockCosts> blocks;
  std::vector<LayerRest> rests;
  double endsMs = 0;  ///< embeddings and what stands after the last layer
  double spread = 1;  ///< median / 10 % quantile of the reference's samples
  double drift = 0;   ///< of the reference's 10 % quantile between the first and the second half, as a share
  std::string busy;   ///< why these numbers are not to be believed; empty when the machine was quiet

  [[nodiscard]] const BlockCosts& costsOf(const BlockId& id) const;
  /// ms a forward pass of the model under `mask`.
  [[nodiscard]] double predict(const HeadMask& mask) const;
  /// ms of one of its attention blocks, by the place in the layout.
  [[nodiscard]] double predictBlock(const HeadMask& mask, int block) const;
  /// ms of its attention blocks alone.
  [[nodiscard]] double predictAttention(const HeadMask& mask) const;

  /// Why masks of this layout cannot be predicted, "found ..., expected ..."; empty when all of them can.
  [[nodiscard]] std::string misfit(const HeadLayout& layout) const;
  /// True when it was measured on that machine and device with so many threads.
  [[nodiscard]] bool measuredOn(const std::string& onMachine, const std::string& onDevice, int withThreads) const;
  /// True when both were measured on the same machine, device and threads, with the same type and size.
  [[nodiscard]] bool sameConditionsAs(const LatencyTable& other) const;
  /// "batch 8 x 128, float32, CPU, 2 threads, hal, AMD EPYC 7B13, LibTorch 2.6.0, 2026-11-28T17:10:59Z"; what is not
  /// known is left out.
  [[nodiscard]] std::string conditions() const;
  bool operator==(const LatencyTable&) const = default;
};

}  // namespace headroom
