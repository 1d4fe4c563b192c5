// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sweep/layer_work.h"

namespace headroom {

namespace {

/// `asked`: the share of the positions that are computed beyond keys and values.
double work(const ModelConfig& config, int layer, const HeadMask& mask, double length, double asked) {
  const StackConfig* encoder = config.stack(Stack::Encoder);
  const bool decoding = !encoder || layer >= encoder->layers;
  const StackConfig& stack = decoding ? *config.stack(Stack::Decoder) : *encoder;
  const int own = decoding && encoder ? layer - encoder->layers : layer;
  double sum = asked * (config.gatedFeedForward ? 3.0 : 2.0) * config.hidden * stack.intermediate;
  for (const AttentionKind kind : {AttentionKind::Self, AttentionKind::Cross}) {
    if (kind == AttentionKind::Cross && !stack.cross) continue;
    const int block = config.blockOf(stack.stack, kind, own);
    if (block < 0) continue;
    const double kept = mask.keptIn(block);
    const double size = config.headDim, groups = config.groupSize(block);
    sum += kept * size * (asked * (2 * config.hidden + 2 * length) + 2 * config.hidden / groups);
  }
  return sum;
}

}  // namespace

double layerWork(const ModelConfig& config, int layer, const HeadMask& mask, double length) {
  return work(config, layer, mask, length, 1);
}

double firstOnlyWork(const ModelConfig& config, int layer, const HeadMask& mask, double length) {
  return work(config, layer, mask, length, length > 1 ? 1 / length : 1);
}

}  // namespace headroom
