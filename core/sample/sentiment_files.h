// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/sample/sentiment_grammar.h"

namespace headroom {

/// What the sentiment sample is made of; the defaults give the bundled one (about 1.24 million parameters).
struct SentimentSampleSettings {
  int trainSentences = 30000;
  int devSentences = 2000;
  int layers = 6;
  int heads = 8;
  int hidden = 128;
  int intermediate = 512;
  int maxPositions = 32;
  double dropout = 0.1;
  double initializerRange = 0.05;  ///< BERT's 0.02 is for wider models: with 128 columns attention starts too flat
  std::uint64_t seed = 1;
};

struct SentimentData {
  std::vector<LabelledText> train;
  std::vector<LabelledText>
      dev;  ///< shares no sentence with train, and no counterfactual pair when both sizes are even
};

[[nodiscard]] SentimentData generateSentimentData(const SentimentSampleSettings& settings);

/// Writes train.tsv and dev.tsv (columns sentence, label), vocab.txt, tokenizer_config.json and config.json (a BERT for
/// sequence classification in Hugging Face layout, without weights) into `folder`, which is made when missing.
/// Throws Error(BadInput) for sizes that make no model, Error(Io) when a file cannot be written.
void writeSentimentFiles(const std::string& folder, const SentimentSampleSettings& settings, const SentimentData& data);

}  // namespace headroom
