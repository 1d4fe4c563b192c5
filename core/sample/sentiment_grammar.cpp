// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sample/sentiment_grammar.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/sample/sentence_shape.h"
#include "core/sample/sentiment_label.h"

namespace headroom {

namespace {

/// Tries to turn a sentence's label over before another sentence is drawn.
constexpr int kChanges = 4;

std::optional<LabelledText> writeLabelled(const SentenceShape& shape) {
  LabelledText written;
  written.text = writeSentence(shape);
  const auto words = std::count(written.text.begin(), written.text.end(), ' ') + 1;
  if (words < kMinSentimentWords || words > kMaxSentimentWords) return std::nullopt;
  const auto reading = readSentiment(written.text);
  if (!reading) return std::nullopt;
  written.label = reading->label;
  written.kind = reading->kind;
  return written;
}

using Pair = std::pair<LabelledText, LabelledText>;

std::optional<Pair> drawPair(Rng& rng) {
  const SentenceShape shape = drawSentence(rng);
  auto original = writeLabelled(shape);
  if (!original) return std::nullopt;
  for (int i = 0; i < kChanges; ++i) {
    SentenceShape changed = shape;
    changeSentence(changed, rng);
    auto other = writeLabelled(changed);
    if (other && other->label != original->label) return Pair{std::move(*original), std::move(*other)};
  }
  return std::nullopt;
}

}  // namespace

std::vector<LabelledText> generateSentiment(int count, std::uint64_t seed) {
  if (count < 0 || count > kMostSentimentSentences) {
    throw Error(ErrorKind::BadInput, "sample sentences: found a count of " + std::to_string(count) +
                                         ", expected 0 to " + std::to_string(kMostSentimentSentences));
  }
  Rng rng(seed);
  std::vector<LabelledText> sentences;
  std::unordered_set<std::string> seen;  // asked, never walked: its order is the library's own
  while (sentences.size() < static_cast<size_t>(count)) {
    auto pair = drawPair(rng);
    if (!pair || seen.contains(pair->first.text) || seen.contains(pair->second.text)) continue;
    seen.insert(pair->first.text);
    seen.insert(pair->second.text);
    sentences.push_back(std::move(pair->first));
    sentences.push_back(std::move(pair->second));
  }
  sentences.resize(static_cast<size_t>(count));
  return sentences;
}

}  // namespace headroom
