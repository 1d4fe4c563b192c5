// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/sample/sentiment_words.h"

namespace headroom {

inline constexpr int kMinSentimentWords = 6;
inline constexpr int kMaxSentimentWords = 22;
inline constexpr int kMostSentimentSentences = 1'000'000;

struct LabelledText {
  std::string text;  ///< words and punctuation separated by single spaces, kMin to kMaxSentimentWords of them
  int label = 0;     ///< 0 negative, 1 positive; always readSentiment(text)
  std::string kind;  ///< as SentimentReading
};

/// `count` different sentences, as many of each label (one more of either when `count` is odd). They come in
/// counterfactual pairs: neighbours 2i and 2i+1 differ by one change that turns the label over, often one of order
/// only, so that word counts hardly tell them apart. The same bytes for a seed on every machine. Throws Error(BadInput)
/// when count is below 0 or beyond kMostSentimentSentences.
[[nodiscard]] std::vector<LabelledText> generateSentiment(int count, std::uint64_t seed);

}  // namespace headroom
