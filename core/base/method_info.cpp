// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/method_info.h"

#include <algorithm>

namespace headroom {

std::string unmetNeed(const MethodInfo& method, const HeadLayout& layout) {
  const bool encoder = std::find(method.needs.begin(), method.needs.end(), kEncoderOnly) != method.needs.end();
  const auto& blocks = layout.blocks();
  if (encoder && std::any_of(blocks.begin(), blocks.end(),
                             [](const AttentionBlock& block) { return block.id.stack == Stack::Decoder; }))
    return "needs a model with an encoder only: a choice by input would look at tokens that a decoder has not seen yet";
  if (layout.headCount() == 0) return "needs a model with heads: all of this one's are pruned";
  return "";
}

}  // namespace headroom
