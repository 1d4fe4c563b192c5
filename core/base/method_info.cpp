// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/method_info.h"

#include <algorithm>
#include <map>

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

std::string layerBound(const std::string& name) {
  static const std::map<std::string, std::string> bounds{
      {"group-taylor", "takes the same share of every layer, unless the campaign ranks over all of them"},
      {"taylor-3", "brings the scores of every layer to one length, so that no layer looks unimportant"},
      {"relevance", "shares out the same sum in every layer, so that no layer looks unimportant"},
      {"wdpruning", "leaves at least one head in every layer, where K is enough for all"},
      {"spatten", "leaves fewer heads from layer to layer by a fixed rule"},
      {"ebert", "is trained to keep the same share of every layer"},
  };
  if (name.find("+over-all-blocks") != std::string::npos) return "";
  const auto found = bounds.find(name.substr(0, name.find('+')));  // other variants are as bound as the method
  return found == bounds.end() ? "" : found->second;
}

}  // namespace headroom
