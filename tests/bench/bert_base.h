// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/checkpoint/fresh_config.h"
#include "core/checkpoint/model_config.h"

namespace headroom {

/// A classifier of BERT-base's width, so many layers deep, with few words.
inline ModelConfig bertBase(int layers) {
  FreshModel fresh;
  fresh.layers = layers;
  fresh.heads = 12;
  fresh.hidden = 768;
  fresh.intermediate = 3072;
  fresh.vocabulary = 1000;
  return parseModelConfig(freshConfigJson(fresh), "config.json");
}

}  // namespace headroom
