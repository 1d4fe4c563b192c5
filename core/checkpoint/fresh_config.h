// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace headroom {

/// Sizes of a model that is to be made anew.
struct FreshModel {
  std::string family = "bert";
  std::string task;  ///< of encoders: "classification", "masked-lm" or "question-answering"; empty = the family's first
  int layers = 4;    ///< of the encoder, or of the only stack
  int decoderLayers = 0;  ///< of encoder-decoders; 0 = as many as `layers`
  int heads = 8;
  int kvHeads = 0;  ///< key/value heads (llama); 0 = as many as heads
  int hidden = 128;
  int intermediate = 512;
  int vocabulary = 0;
  int maxPositions = 128;                                 ///< tokens
  std::vector<std::string> labels{"LABEL_0", "LABEL_1"};  ///< classes; decoders and encoder-decoders have none
  double dropout = 0.1;
  double initializerRange = 0.02;
  int imageSize = 28, patchSize = 7, channels = 1;      ///< vit
  int padId = 0, bosId = -1, eosId = -1, startId = -1;  ///< token ids; -1 = none
};

/// The config.json of such a model, as Hugging Face writes it. Throws Error naming the families that there are.
[[nodiscard]] std::string freshConfigJson(const FreshModel& model);

}  // namespace headroom
